import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { readIfThere, removeFile, writeAtomically } from "./files.ts";
import type { Places } from "./places.ts";

// Copies of everything that was applied, by path below the configuration directory. Beside them it can be seen what
// somebody changed by hand, and put back. Root's alone: there are secrets among them.

const PRIVATE = { gid: process.getegid?.() ?? 0, mode: 0o600 };

/** Keeps what is in force now at a path; undefined: nothing. */
export function rememberApplied(places: Places, path: string, content: Uint8Array | undefined): void {
  const copy = join(appliedDir(places), path);
  if (content === undefined) {
    if (readIfThere(copy) !== undefined) removeFile(copy);
    return;
  }
  if (readIfThere(copy)?.equals(content) === true) return;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  writeAtomically(copy, content, PRIVATE);
}

/** What was applied at a path. */
export function appliedAt(places: Places, path: string): Buffer | undefined {
  return readIfThere(join(appliedDir(places), path));
}

/** Paths of everything that was applied. */
export function appliedPaths(places: Places): string[] {
  return filesBelow(appliedDir(places));
}

/** Files below a directory, relative to it, in order; none where there is no directory. */
export function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".new"))
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function appliedDir(places: Places): string {
  return join(places.stateDir, "applied");
}
