import { readFile, rename, writeFile } from "node:fs/promises";
import type { LabPlaces } from "./places.ts";

/** What a finished `up` leaves for whoever uses the lab next. Its presence says: this lab is complete. */
export type LabState = {
  readonly startedAt: string;
  /** Host → its public ssh host key. */
  readonly hostKeys: Readonly<Record<string, string>>;
};

export async function readState(places: LabPlaces): Promise<LabState | undefined> {
  const text = await readFile(places.stateFile, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LabState);
}

export async function writeState(places: LabPlaces, state: LabState): Promise<void> {
  await writeFile(`${places.stateFile}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(`${places.stateFile}.new`, places.stateFile);
}
