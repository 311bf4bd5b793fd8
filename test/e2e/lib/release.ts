import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
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

/** Writes the package's own release once more, as one that comes in a part more. */
export function writeLongerRelease(directory: string): void {
  const folder = join(directory, "linux-x64");
  cpSync(join(REPO, "dist", "release", "linux-x64"), folder, { recursive: true });
  const { parts } = aboutOf(folder);
  writeFileSync(join(folder, String(parts + 1)), gzipSync("")); // members one after the other are one archive
  const digest = createHash("sha256");
  for (let part = 1; part <= parts + 1; part++) digest.update(readFileSync(join(folder, String(part))));
  misdescribe(directory, { parts: parts + 1, sha256: digest.digest("hex") });
}

/** Has a release say something else of itself than what it is. */
export function misdescribe(directory: string, about: Readonly<Record<string, unknown>>): void {
  const folder = join(directory, "linux-x64");
  writeFileSync(join(folder, "release.json"), JSON.stringify({ ...aboutOf(folder), ...about }));
}

function aboutOf(folder: string): { readonly parts: number } {
  return JSON.parse(readFileSync(join(folder, "release.json"), "utf8"));
}
