import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { groupDirs, processesIn } from "../../lab/host/cgroups.ts";
import type { Lab } from "../../lab/lab.ts";

// A host has process ids of its own, but its units' control groups are this machine's: nothing need be started on the host to end
// something there at a known moment.

/** Ends a unit's processes by a signal to the main one, or by SIGKILL to all of them in one call; prepared, so that it takes no time. */
export async function preparedEnd(
  lab: Lab,
  host: string,
  unit: string,
  signal: "SIGTERM" | "SIGKILL",
): Promise<() => void> {
  const [dir = ""] = (await groupDirs(lab.name, host)).slice(-1);
  const group = join(dir, "payload", "system.slice", `${unit}.service`);
  const pids = await processesIn(group);
  const parents = await Promise.all(pids.map(parentOf));
  const main = pids.find((_, index) => !pids.includes(parents[index] ?? 0));
  if (main === undefined) throw new Error(`${host}: ${unit} does not run`);
  if (signal === "SIGTERM") return () => void process.kill(main, signal);
  // One signal after the other would let those that die first hold up the sender, and that would count as the daemon's time.
  return () => writeFileSync(join(group, "cgroup.kill"), "1");
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""); // it ended while we looked
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
}
