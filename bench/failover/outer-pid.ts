import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { groupDirs, processesIn } from "../../lab/host/cgroups.ts";
import type { Lab } from "../../lab/lab.ts";

/**
 * Process id on this machine of a unit's main process on a host, so that it can be killed at a known moment.
 *
 * A host has process ids of its own, but its units' control groups are this machine's, so nothing need be started on the host to ask.
 */
export async function mainPid(lab: Lab, host: string, unit: string): Promise<number> {
  const pids = await allPids(lab, host, unit);
  return pids.at(-1) ?? Number.NaN;
}

/** All processes of a unit, the main one last, as they would end together: a daemon of several has no time to tidy up after a part of it. */
export async function allPids(lab: Lab, host: string, unit: string): Promise<number[]> {
  const [dir = ""] = (await groupDirs(lab.name, host)).slice(-1);
  const pids = await processesIn(join(dir, "payload", "system.slice", `${unit}.service`));
  const parents = await Promise.all(pids.map(parentOf));
  const main = pids.find((_, index) => !pids.includes(parents[index] ?? 0));
  if (main === undefined) throw new Error(`${host}: ${unit} does not run`);
  return [...pids.filter((pid) => pid !== main), main];
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""); // it ended while we looked
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
}
