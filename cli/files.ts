import {
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Who may read a file: its group and its mode. The owner is the one who runs lbctl, root on a host. */
export type Access = { readonly gid: number; readonly mode: number };

/** Content of a file, or undefined where there is none. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Replaces a file's content in one step: a reader, or a power cut, sees the old or the new, never a part.
 *
 * @throws the system's error (full disk, read-only file system); the old content is then still there
 */
export function writeAtomically(path: string, content: Uint8Array, access: Access): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const descriptor = openSync(temporary, "wx", 0o600);
  try {
    for (let written = 0; written < content.length; ) written += writeSync(descriptor, content, written);
    fchownSync(descriptor, process.geteuid?.() ?? 0, access.gid);
    fchmodSync(descriptor, access.mode);
    fsyncSync(descriptor);
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Removes a file for good, or does nothing. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
  syncDirectory(dirname(path));
}

export function makeDirectory(path: string, access: Access): void {
  mkdirSync(path, { recursive: true, mode: access.mode });
  // What is right already is left alone, to the last timestamp.
  if (statSync(path).gid !== access.gid) chownSync(path, process.geteuid?.() ?? 0, access.gid);
}

/** A rename or removal is durable only when the directory is, too. */
function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
