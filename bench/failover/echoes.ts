import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Lab } from "../../lab/lab.ts";
import { virtualAddress } from "./hosts.ts";
import { longestWait } from "./window.ts";

/** Pings of the virtual address as they cross the switch, so that neither the client's pace nor its place in a queue is part of what is measured. */
export type Echoes = {
  /** The longest that an echo request waited for the address to answer, it or a later one, ms. */
  readonly longestWaitMs: (fromMs: number, toMs: number) => number;
  readonly close: () => Promise<void>;
};

const PING_INTERVAL_SECONDS = "0.002";
const LINE = /^(\d+\.\d+) IP \S+ > \S+: ICMP echo (request|reply),/;
/** What is older belongs to no trial any more. */
const KEPT_MS = 60_000;

/** Pings the virtual address from beyond the switch every 2 ms, and watches the switch. */
export async function openEchoes(lab: Lab): Promise<Echoes> {
  const [program = "", ...enter] = lab.enter("lab");
  const filter = `icmp and host ${virtualAddress(lab)}`;
  const watch = ["tcpdump", "-i", "front", "-nn", "-tt", "-l", "--immediate-mode", "-s", "64", filter];
  const wire = spawn(program, [...enter, ...watch], { stdio: ["ignore", "pipe", "ignore"] });
  const seen = { request: [] as number[], reply: [] as number[] };
  createInterface(wire.stdout).on("line", (line) => {
    const [, seconds, kind] = LINE.exec(line) ?? [];
    if (kind === "request" || kind === "reply") seen[kind].push(Number(seconds) * 1_000);
  });
  const [own = "", ...enterClient] = lab.enter("client");
  const words = ["ping", "-q", "-n", "-i", PING_INTERVAL_SECONDS, virtualAddress(lab)];
  const ping = spawn(own, [...enterClient, ...words], { stdio: "ignore" });
  return {
    longestWaitMs: (fromMs, toMs) => {
      for (const times of Object.values(seen)) {
        const old = times.findIndex((atMs) => atMs >= fromMs - KEPT_MS);
        times.splice(0, Math.max(0, old));
      }
      return longestWait(seen.request, seen.reply, fromMs, toMs);
    },
    close: async () => {
      ping.kill("SIGTERM");
      wire.kill("SIGTERM");
      await Promise.all([once(ping, "close"), once(wire, "close")]);
    },
  };
}
