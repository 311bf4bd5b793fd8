import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Lab } from "../../lab/lab.ts";

/**
 * Process id on this machine of a unit's main process on a host, so that it can be killed at a known moment.
 *
 * A host has process ids of its own; the kernel lists both.
 */
export async function mainPid(lab: Lab, host: string, unit: string): Promise<number> {
  const inner = (await lab.sh(host, `systemctl show --property=MainPID --value ${unit}`)).trim();
  return outerPid(lab, host, unit, inner);
}

/** All processes of a unit, as they would end together: a daemon of several has no time to tidy up after a part of it. */
export async function allPids(lab: Lab, host: string, unit: string): Promise<number[]> {
  const main = (await lab.sh(host, `systemctl show --property=MainPID --value ${unit}`)).trim();
  const children = (await lab.exec(host, `pgrep --parent ${main}`)).stdout.split("\n").filter((line) => line !== "");
  return Promise.all([...children, main].map((inner) => outerPid(lab, host, unit, inner)));
}

async function outerPid(lab: Lab, host: string, unit: string, inner: string): Promise<number> {
  const space = await lab.sh(host, `readlink /proc/${inner}/ns/pid`);
  const outer = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => isIt(pid, inner, space.trim()));
  if (inner === "0" || outer === undefined) throw new Error(`${host}: ${unit} does not run`);
  return Number(outer);
}

function isIt(pid: string, inner: string, space: string): boolean {
  try {
    const ids = /^NSpid:\s(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]?.split(/\s+/) ?? [];
    return ids.at(-1) === inner && readlinkSync(`/proc/${pid}/ns/pid`) === space;
  } catch {
    return false; // it ended while we looked
  }
}
