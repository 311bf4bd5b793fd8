import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../bootstrap/lock.mjs";
import { run } from "./command.ts";
import { mountsBelow } from "./mounts.ts";
import { LABS_DIR, type LabPlaces, NAMESPACES_DIR } from "./places.ts";

// The two things a lab changes on the machine outside itself. The first lab
// notes how they were, the last one puts them back.
//
// 1. `ip netns add` mounts the folder of namespaces onto itself, once, and
//    never takes that back.
// 2. Every systemd holds some eight inotify instances, and 128 for all of
//    root's processes are too few for two labs: the hosts then hang at boot.

type Note = { readonly isNamespacesDirMounted: boolean; readonly inotifyInstances: string };

const NOTE_NAME = ".machine-before.json";
const NOTE = join(LABS_DIR, NOTE_NAME);
const INOTIFY_INSTANCES = "/proc/sys/fs/inotify/max_user_instances";
const INOTIFY_INSTANCES_WANTED = 4096;

/** Call first in a lab's life: makes its folder, and the machine fit for it. */
export async function borrowMachine(places: LabPlaces): Promise<void> {
  await whileOthersWait(async () => {
    await mkdir(places.dir, { recursive: true });
    if ((await readNote()) === undefined) await writeFile(NOTE, JSON.stringify(await lookAround()));
    const instances = Number(await readFile(INOTIFY_INSTANCES, "utf8"));
    if (instances < INOTIFY_INSTANCES_WANTED) await writeFile(INOTIFY_INSTANCES, String(INOTIFY_INSTANCES_WANTED));
  });
}

/** Call last in a lab's life: removes its empty folder, and after the last lab leaves the machine as it was. */
export async function returnMachine(places: LabPlaces): Promise<void> {
  await whileOthersWait(async () => {
    await rmdir(places.dir).catch(ignoreMissing);
    const names = await readdir(LABS_DIR).catch(() => []);
    const note = await readNote();
    if (note === undefined || names.some((name) => name !== NOTE_NAME)) return;
    await writeFile(INOTIFY_INSTANCES, note.inotifyInstances);
    const isEmpty = (await readdir(NAMESPACES_DIR).catch(() => [])).length === 0;
    if (!note.isNamespacesDirMounted && isEmpty) await run(["umount", NAMESPACES_DIR]);
    await rm(NOTE);
    await rmdir(LABS_DIR);
  });
}

async function lookAround(): Promise<Note> {
  return {
    isNamespacesDirMounted: (await mountsBelow(NAMESPACES_DIR)).includes(NAMESPACES_DIR),
    inotifyInstances: (await readFile(INOTIFY_INSTANCES, "utf8")).trim(),
  };
}

async function readNote(): Promise<Note | undefined> {
  const text = await readFile(NOTE, "utf8").catch(() => "");
  // Empty: its writer was killed between opening and writing, before anything was changed.
  return text === "" ? undefined : (JSON.parse(text) as Note);
}

function whileOthersWait(work: () => Promise<void>): Promise<void> {
  return withLock("lbpair labs of this machine", work, () => undefined);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
