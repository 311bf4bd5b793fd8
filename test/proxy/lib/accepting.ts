import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Whether any of these processes waits for connections to a port. */
export function isAccepting(pids: readonly number[], port: number): boolean {
  const listening = inodesAt(port);
  return pids.some((pid) => awaitedBy(pid).some((inode) => listening.has(inode)));
}

/** Listening sockets of all processes that share them. */
function inodesAt(port: number): Set<number> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  const LISTEN = "0A";
  return new Set(
    rows.filter(([, at, , state]) => at?.endsWith(local) && state === LISTEN).map((row) => Number(row[9])),
  );
}

/** What a process waits for, by inode; nothing of one that is gone. */
function awaitedBy(pid: number): number[] {
  try {
    const polls = readdirSync(`/proc/${pid}/fd`).filter((fd) => readlinkOf(pid, fd) === "anon_inode:[eventpoll]");
    const texts = polls.map((fd) => readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"));
    return texts.flatMap((text) =>
      [...text.matchAll(/ ino:([0-9a-f]+)/g)].map(([, inode = ""]) => parseInt(inode, 16)),
    );
  } catch {
    return [];
  }
}

function readlinkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return ""; // closed meanwhile
  }
}
