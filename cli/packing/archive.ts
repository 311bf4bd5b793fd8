import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import type { ReleaseFile } from "./content.ts";

/** Same content, same bytes: no time of building, no user, one order. */
const MTIME = new Date("2000-01-01T00:00:00Z");

/** A .tar.gz of files, with the directories that they need. */
export async function archiveOf(files: readonly ReleaseFile[]): Promise<Buffer> {
  const tar = pack();
  const compressed = buffer(tar.pipe(createGzip({ level: 6 })));
  const owner = { uid: 0, gid: 0, mtime: MTIME };
  for (const name of directoriesOf(files)) tar.entry({ name, type: "directory", mode: 0o755, ...owner });
  for (const { path, mode, bytes } of files) tar.entry({ name: path, mode, ...owner }, Buffer.from(bytes));
  tar.finalize();
  return compressed;
}

function directoriesOf(files: readonly ReleaseFile[]): string[] {
  const parents = files.flatMap(({ path }) => {
    const words = path.split("/").slice(0, -1);
    return words.map((_, index) => `${words.slice(0, index + 1).join("/")}/`);
  });
  return [...new Set(parents)].sort();
}
