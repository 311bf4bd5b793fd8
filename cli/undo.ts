import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readIfThere, removeFile, writeAtomically } from "./files.ts";
import type { Places } from "./places.ts";

// What a file held before an operation that is under way. It outlives the process,
// so an operation that was killed half-way is undone by the next one:
//
//   <state>/undo/path       which file, written last: it exists = there is something to undo
//   <state>/undo/content    its old content; absent = there was no file

const PRIVATE = { gid: process.getegid?.() ?? 0, mode: 0o600 };

/** Remembers a file as it is, before it is changed. */
export function rememberFile(places: Places, path: string): void {
  const directory = undoDir(places);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const content = readIfThere(path);
  if (content !== undefined) writeAtomically(join(directory, "content"), content, PRIVATE);
  writeAtomically(join(directory, "path"), Buffer.from(path), PRIVATE);
}

/** The operation is complete: what was remembered is not needed any more. */
export function forgetFile(places: Places): void {
  removeFile(join(undoDir(places), "path"));
  rmSync(undoDir(places), { recursive: true, force: true });
}

/**
 * Puts the remembered file back, if there is one.
 *
 * @param accessOf  access of a file that has to be made again
 * @returns the path that was put back
 */
export function restoreFile(
  places: Places,
  accessOf: (path: string) => { gid: number; mode: number },
): string | undefined {
  const path = readIfThere(join(undoDir(places), "path"))?.toString();
  if (path === undefined) return undefined;
  const content = readIfThere(join(undoDir(places), "content"));
  if (content === undefined) removeFile(path);
  else writeAtomically(path, content, accessOf(path));
  forgetFile(places);
  return path;
}

export function isUndoPending(places: Places): boolean {
  return existsSync(join(undoDir(places), "path"));
}

function undoDir(places: Places): string {
  return join(places.stateDir, "undo");
}
