import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

// Every host runs in a control group of its own: systemd-nspawn puts a host's
// processes into `payload` below the group it was started in, so two hosts
// started from one group would share their systemd's tree. And by its group,
// everything a host ever started can be found and ended.

const ROOT = "/sys/fs/cgroup";
const OURS = "lbpair-lab";
const KILL_TIMEOUT_MS = 10_000;
const POLL_MS = 10;

/** The hierarchies systemd works in: v2 alone, or on a hybrid machine v1's and v2's. */
export async function systemdHierarchies(mounts = "/proc/self/mounts"): Promise<string[]> {
  const lines = (await readFile(mounts, "utf8")).split("\n").map((line) => line.split(" "));
  return lines
    .filter(([, path = "", type, options = ""]) => {
      const isSystemd = type === "cgroup2" || (type === "cgroup" && options.split(",").includes("name=systemd"));
      return isSystemd && path.startsWith(ROOT);
    })
    .map(([, path = ""]) => path);
}

/** A host's groups, one in each hierarchy; a lab's without a host. */
export async function groupDirs(lab: string, host = ""): Promise<string[]> {
  return (await systemdHierarchies()).map((hierarchy) => join(hierarchy, OURS, lab, host));
}

export async function addGroups(lab: string, host: string): Promise<string[]> {
  const dirs = await groupDirs(lab, host);
  for (const dir of dirs) await mkdir(dir, { recursive: true });
  return dirs;
}

/** Processes in a group and all below it. */
export async function processesIn(dir: string): Promise<number[]> {
  const own = await readFile(join(dir, "cgroup.procs"), "utf8").catch(() => "");
  const below = await Promise.all((await childGroups(dir)).map(processesIn));
  return [...own.split("\n").filter(Boolean).map(Number), ...below.flat()];
}

/** Ends everything in the groups and removes them. */
export async function killGroups(dirs: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + KILL_TIMEOUT_MS;
  for (;;) {
    const pids = (await Promise.all(dirs.map(processesIn))).flat();
    // 0: a process outside our own pid namespace.
    for (const pid of pids.filter((each) => each > 0)) killNow(pid);
    // A group stays busy until its last process has been reaped.
    if (pids.length === 0 && (await removeTrees(dirs))) break;
    if (performance.now() > deadlineMs)
      throw new Error(`lab: ${dirs.join(" ")}: processes ${pids.join(" ")} outlive SIGKILL`);
    await delay(POLL_MS);
  }
  // The folder all labs share goes with the last lab.
  for (const hierarchy of await systemdHierarchies()) await removeGroup(join(hierarchy, OURS));
}

/** The host's first process, seen from outside; undefined: the host is off. */
export async function leaderOf(lab: string, host: string): Promise<number | undefined> {
  const [dir = ""] = (await groupDirs(lab, host)).slice(-1);
  for (const pid of await processesIn(join(dir, "payload", "init.scope"))) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    if (/^NSpid:.*\t1$/m.test(status)) return pid;
  }
  return undefined;
}

async function childGroups(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(dir, entry.name));
}

async function removeTrees(dirs: readonly string[]): Promise<boolean> {
  const removed = await Promise.all(dirs.map(removeTree));
  return removed.every(Boolean);
}

async function removeTree(dir: string): Promise<boolean> {
  for (const child of await childGroups(dir)) await removeTree(child);
  return removeGroup(dir);
}

/** False: something is still in it. */
async function removeGroup(dir: string): Promise<boolean> {
  try {
    await rmdir(dir);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EBUSY", "ENOTEMPTY"].includes(code)) return false;
    if (code !== "ENOENT") throw error;
  }
  return true;
}

/** Power off for one process; one that is gone already is as good. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
