import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programsPart, runtimeParts } from "./archive.ts";
import { type Architecture, contentDigest, digestOf, type ReleaseFile } from "./content.ts";

// Where the components find a release: <out>/linux-<architecture>/1, 2, …, the parts of the archive, and release.json,
// with which a preview need not read them.

/** What release.json says. */
export type ReleaseAbout = {
  readonly version: string;
  readonly architecture: Architecture;
  /** Of the whole archive. */
  readonly sha256: string;
  readonly parts: number;
  /** Digest of what is in it. */
  readonly content: string;
  /** Digest of the runtime. */
  readonly runtime: string;
};

const ABOUT = "release.json";

/**
 * Writes a release, unless the one that is there has the same content.
 *
 * @returns the folder, and how many bytes were written
 */
export async function writeRelease(
  out: string,
  files: readonly ReleaseFile[],
  { version, architecture }: Pick<ReleaseAbout, "version" | "architecture">,
): Promise<{ readonly folder: string; readonly bytes: number }> {
  const folder = join(out, `linux-${architecture}`);
  const standing = readAbout(folder);
  const content = contentDigest(files);
  if (standing?.content === content) return { folder, bytes: 0 };
  const executable = files.at(-1);
  if (executable === undefined) throw new Error("release: it has no runtime");
  const runtime = digestOf(executable.bytes);
  const others = standing?.runtime === runtime ? readParts(folder, standing.parts) : await runtimeParts(executable);
  const parts = [await programsPart(files), ...others];
  mkdirSync(folder, { recursive: true });
  // A release that is there in part is none.
  rmSync(join(folder, ABOUT), { force: true });
  for (const name of readdirSync(folder)) if (Number(name) > parts.length) rmSync(join(folder, name));
  for (const [index, part] of parts.entries()) write(join(folder, String(index + 1)), part);
  const sha256 = digestOf(Buffer.concat(parts));
  const about: ReleaseAbout = { version, architecture, sha256, parts: parts.length, content, runtime };
  write(join(folder, ABOUT), Buffer.from(`${JSON.stringify(about, null, 2)}\n`));
  return { folder, bytes: parts.reduce((sum, { length }) => sum + length, 0) };
}

function readAbout(folder: string): ReleaseAbout | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, ABOUT), "utf8")) as ReleaseAbout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The runtime's parts as they were made before: compressing takes longer than everything else. */
function readParts(folder: string, count: number): Buffer[] {
  return Array.from({ length: count - 1 }, (_, index) => readFileSync(join(folder, String(index + 2))));
}

function write(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}
