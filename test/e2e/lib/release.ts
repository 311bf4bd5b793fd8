import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bunPath } from "../../../bootstrap/places.mjs";
import { type Architecture, releaseContent } from "../../../cli/packing/content.ts";
import { writeRelease } from "../../../cli/packing/release-folder.ts";

const REPO = join(import.meta.dirname, "../../..");

/**
 * Writes a release that is another than the package's own, as `lbpair:releaseDirectory` wants it.
 *
 * @param notice  what makes it another
 * @param runtime  program that the daemons run on
 * @param architecture  of the hosts that it says it is for
 */
export async function writeOtherRelease(
  directory: string,
  notice: string,
  runtime: string = bunPath,
  architecture: Architecture = "x64",
): Promise<void> {
  const files = await releaseContent(REPO, { kind: "bun", path: runtime }, architecture);
  const changed = files.map((file) =>
    file.path === "LICENSE" ? { ...file, bytes: Buffer.concat([file.bytes, Buffer.from(`${notice}\n`)]) } : file,
  );
  await writeRelease(directory, changed, { version: notice, architecture });
}

/** Has a release say something else of itself than what it is. */
export function misdescribe(directory: string, about: Readonly<Record<string, unknown>>): void {
  const path = join(directory, "linux-x64", "release.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...about }));
}
