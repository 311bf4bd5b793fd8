import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { groupDirs, killGroups, killNow } from "./host/cgroups.ts";
import { powerOff } from "./host/power.ts";
import { returnMachine } from "./machine.ts";
import { mountsBelow, unmountTree } from "./mounts.ts";
import { processesInNamespaces } from "./net/members.ts";
import { deleteNamespace, listNamespaces } from "./net/switches.ts";
import type { LabPlaces } from "./places.ts";
import { HOSTS } from "./topology.ts";

const POLL_MS = 10;
const TIMEOUT_MS = 10_000;

/**
 * Removes everything of a lab: processes, namespaces with their interfaces, mounts, control groups, files.
 *
 * Finds things by name, not by memory, so it also clears away what a killed `up` began.
 */
export async function sweepLab(places: LabPlaces): Promise<void> {
  await Promise.all(HOSTS.map((host) => powerOff(places, host)));
  await killGroups(await groupDirs(places.name));
  await endGuests(places);
  for (const namespace of await listNamespaces(places)) await deleteNamespace(namespace);
  await unmountTree(places.dir);
  await returnMachine(places);
}

/** True when something of a lab exists, whole or in parts. */
export async function hasRemains(places: LabPlaces): Promise<boolean> {
  const namespaces = await listNamespaces(places);
  return namespaces.length > 0 || (await mountsBelow(places.dir)).length > 0;
}

/** What others started in the lab's network (a client, an engine), but never ourselves or who called us. */
async function endGuests(places: LabPlaces): Promise<void> {
  const spared = await ancestors();
  const deadlineMs = performance.now() + TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    const guests = await processesInNamespaces(await listNamespaces(places));
    const ours = guests.filter((pid) => !spared.has(pid));
    if (ours.length === 0) return;
    for (const pid of ours) killNow(pid);
    await delay(POLL_MS);
  }
}

async function ancestors(): Promise<Set<number>> {
  const pids = new Set<number>();
  for (let pid = process.pid; pid > 0 && !pids.has(pid); ) {
    pids.add(pid);
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    pid = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return pids;
}
