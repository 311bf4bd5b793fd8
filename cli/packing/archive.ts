import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type { ReleaseFile } from "./content.ts";

// A release is one .tar.gz in parts that reach a host one after the other:
//
//   part 1       a gzip member: installer, programs, units, manifest      a new version is this part alone
//   part 2 …     a second member, cut to size: the runtime                the same bytes as long as the runtime is
//
// Gzip members one after the other are a gzip file, so the parts joined are the archive, and its digest says that all
// of them are right. A transfer that was interrupted goes on with the part that is missing.

/** Same content, same bytes: no time of building, no user, one order. */
const MTIME = new Date("2000-01-01T00:00:00Z");
/** Two empty blocks end a tar file. */
const TAR_END_BYTES = 1024;
/** A quarter of a minute on a line of 10 Mbit/s: what an interruption may cost. */
export const PART_BYTES_MAX = 20 * 1024 * 1024;

/** The first part: everything but the last file, which is the runtime. */
export async function programsPart(files: readonly ReleaseFile[]): Promise<Buffer> {
  return gzip(withoutEnd(await tarOf(directoriesOf(files), files.slice(0, -1))));
}

/** The other parts. They depend on nothing but the runtime. */
export async function runtimeParts(runtime: ReleaseFile): Promise<Buffer[]> {
  const bytes = gzip(await tarOf([], [runtime]));
  const count = Math.ceil(bytes.length / PART_BYTES_MAX);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * PART_BYTES_MAX, (index + 1) * PART_BYTES_MAX),
  );
}

async function tarOf(directories: readonly string[], files: readonly ReleaseFile[]): Promise<Buffer> {
  const tar = pack();
  const bytes = buffer(tar);
  const owner = { uid: 0, gid: 0, mtime: MTIME };
  for (const name of directories) tar.entry({ name, type: "directory", mode: 0o755, ...owner });
  for (const file of files) tar.entry({ name: file.path, mode: file.mode, ...owner }, Buffer.from(file.bytes));
  tar.finalize();
  return bytes;
}

function gzip(bytes: Uint8Array): Buffer {
  return gzipSync(bytes, { level: 6 });
}

function withoutEnd(tar: Buffer): Buffer {
  return tar.subarray(0, tar.length - TAR_END_BYTES);
}

function directoriesOf(files: readonly ReleaseFile[]): string[] {
  const parents = files.flatMap(({ path }) => {
    const words = path.split("/").slice(0, -1);
    return words.map((_, index) => `${words.slice(0, index + 1).join("/")}/`);
  });
  return [...new Set(parents)].sort();
}
