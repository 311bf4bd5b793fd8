import { readdirSync, readFileSync } from "node:fs";
import type { Lab } from "../../../lab/lab.ts";
import { BALANCERS } from "./pair.ts";

const SEEN = "/run/seen-command-lines";
const START = `rm -f ${SEEN}*; nohup sh -c 'while [ ! -e ${SEEN}.end ]; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; sleep 0.02; done | sort -u >${SEEN}; touch ${SEEN}.done' >/dev/null 2>&1 &`;
const END = `touch ${SEEN}.end; until [ -e ${SEEN}.done ]; do sleep 0.1; done; cat ${SEEN}; rm ${SEEN}*`;
const LOOK_INTERVAL_MS = 20;

/** Command lines of all processes, and on the hosts their environments, seen while something happens, by place. */
export async function commandLinesWhile(
  lab: Lab,
  happen: () => Promise<void>,
): Promise<Record<"here" | (typeof BALANCERS)[number], string>> {
  const here = new Set<string>();
  await Promise.all(BALANCERS.map((host) => lab.sh(host, START)));
  const look = setInterval(() => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) here.add(commandLine(pid));
  }, LOOK_INTERVAL_MS);
  try {
    await happen();
  } finally {
    clearInterval(look);
  }
  const [lb1, lb2] = await Promise.all([lab.sh("lb1", END), lab.sh("lb2", END)]);
  return { here: [...here].join("\n"), lb1, lb2 };
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
}
