// The lab's one door: the demo, the tests and the benches come in here.

import { withLock } from "../bootstrap/lock.mjs";
import { DEFAULT_LAB, placesOf } from "./places.ts";
import { sweepLab } from "./sweep.ts";

export { openReport, type Report } from "../bootstrap/report.mjs";
export type { CommandOptions, CommandResult } from "./command.ts";
export { DEFAULT_LAB } from "./places.ts";
export { type Lab, type LabHost, type Namespace, openLab } from "./running-lab.ts";
export type { Port, Role, Segment } from "./topology.ts";
export { type UpOptions, upLab } from "./up.ts";

/** Removes a lab or what is left of one. Nothing of it stays on the machine. */
export async function downLab(name: string = DEFAULT_LAB): Promise<void> {
  const places = placesOf(name);
  await withLock(`lab ${places.name}`, () => sweepLab(places));
}
