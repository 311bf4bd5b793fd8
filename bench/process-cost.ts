import { readdirSync, readFileSync } from "node:fs";

// What the kernel has charged to a program and everything it started (proc(5)).

/** Clock ticks of /proc/<pid>/stat; the value of every Linux that Debian builds. */
const TICKS_PER_SECOND = 100;

/** The process and its descendants. */
export function familyOf(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(Number(entry));
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(entry)]);
  }
  const family = [pid];
  for (const member of family) family.push(...(childrenOf.get(member) ?? []));
  return family;
}

/** User and system time of processes, seconds; 0 for one that is gone. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(readStat(pid)), 0) / TICKS_PER_SECOND;
}

/** Memory that is theirs, shared pages in parts (PSS), bytes. */
export function memoryBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
    return sum + Number(kibibytes ?? 0) * 1_024;
  }, 0);
}

/** Fields of /proc/<pid>/stat from the third on: the second, the name, may hold spaces and parentheses. */
function readStat(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** utime, stime and those of children that have ended. */
function ticksOf(fields: readonly string[]): number {
  return fields.length < 15 ? 0 : [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
}

function parentOf(pid: number): number | undefined {
  const parent = readStat(pid)[1];
  return parent === undefined ? undefined : Number(parent);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // gone since it was listed
  }
}
