import { mkdir, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../command.ts";
import { mountsBelow } from "../mounts.ts";
import { LABS_DIR, NAMESPACES_DIR } from "../places.ts";

// `ip netns add` mounts the folder of namespaces onto itself, once, and never
// takes that back. The first lab notes whether it will have been the cause; the
// last one undoes it.

const NOTE = join(LABS_DIR, ".namespaces-dir");

/** Call before a lab's first namespace. */
export async function noteNamespacesDir(): Promise<void> {
  await mkdir(LABS_DIR, { recursive: true });
  const isMounted = (await mountsBelow(NAMESPACES_DIR)).includes(NAMESPACES_DIR);
  if (!isMounted) await writeFile(NOTE, "mounted by a lab\n");
}

/** Call after a lab's last namespace, when its folder is gone. */
export async function releaseNamespacesDir(): Promise<void> {
  const names = await readdir(LABS_DIR).catch(() => undefined);
  const isLastLab = names?.every((name) => name === basename(NOTE)) ?? false;
  if (!isLastLab) return;
  const isForeignersThere = (await readdir(NAMESPACES_DIR).catch(() => [])).length > 0;
  if (names?.includes(basename(NOTE)) && !isForeignersThere) {
    await run(["umount", NAMESPACES_DIR]);
    await rmdir(NAMESPACES_DIR).catch(() => undefined); // the folder is not ours if something else is in it
  }
  await rm(NOTE, { force: true });
  await rmdir(LABS_DIR);
}
