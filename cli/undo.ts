import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readIfThere, removeFile, writeAtomically } from "./files.ts";
import type { Places } from "./places.ts";

// What files held before an operation that is under way. It outlives the process,
// so an operation that was killed half-way is undone by the next one:
//
//   <state>/undo/path        which files, one a line, written last: it exists = there is something to undo
//   <state>/undo/content     the first one's old content; absent = there was no file
//   <state>/undo/content.1   the second one's, and so on

const PRIVATE = { gid: process.getegid?.() ?? 0, mode: 0o600 };

/** Remembers files as they are, before they are changed. */
export function rememberFiles(places: Places, paths: readonly string[]): void {
  const directory = undoDir(places);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const [index, path] of paths.entries()) {
    const content = readIfThere(path);
    if (content !== undefined) writeAtomically(contentFile(places, index), content, PRIVATE);
  }
  writeAtomically(pathFile(places), Buffer.from(paths.join("\n")), PRIVATE);
}

/** The operation is complete: what was remembered is not needed any more. */
export function forgetFiles(places: Places): void {
  removeFile(pathFile(places));
  rmSync(undoDir(places), { recursive: true, force: true });
}

/**
 * Puts the remembered files back, if there are any.
 *
 * @param accessOf  access of a file that has to be made again
 * @returns the paths that were put back
 */
export function restoreFiles(places: Places, accessOf: (path: string) => { gid: number; mode: number }): string[] {
  const paths = readIfThere(pathFile(places))?.toString().split("\n") ?? [];
  for (const [index, path] of paths.entries()) {
    const content = readIfThere(contentFile(places, index));
    if (content === undefined) removeFile(path);
    else writeAtomically(path, content, accessOf(path));
  }
  if (paths.length > 0) forgetFiles(places);
  return paths;
}

function pathFile(places: Places): string {
  return join(undoDir(places), "path");
}

function contentFile(places: Places, index: number): string {
  return join(undoDir(places), index === 0 ? "content" : `content.${index}`);
}

function undoDir(places: Places): string {
  return join(places.stateDir, "undo");
}
