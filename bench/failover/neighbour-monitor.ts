import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Lab } from "../../lab/lab.ts";
import { virtualAddress } from "./hosts.ts";

/** Watches which MAC the client's kernel has for the virtual address. */
export type NeighbourMonitor = {
  /** From a moment until it first was another one than before; undefined: it stayed. */
  readonly flipMs: (sinceMs: number) => number | undefined;
  readonly close: () => Promise<void>;
};

export function openNeighbourMonitor(lab: Lab): NeighbourMonitor {
  const [program = "", ...enter] = lab.enter("client");
  const child = spawn(program, [...enter, "ip", "-ts", "monitor", "neigh"], { stdio: ["ignore", "pipe", "ignore"] });
  const changes: { readonly atMs: number; readonly mac: string }[] = [];
  createInterface(child.stdout).on("line", (line) => {
    const [, time = "", address, mac] = /^\[(\S+)\] (\S+) .*lladdr (\S+)/.exec(line) ?? [];
    if (mac !== undefined && address === virtualAddress(lab) && mac !== changes.at(-1)?.mac)
      changes.push({ atMs: Date.parse(time), mac });
  });
  return {
    flipMs: (sinceMs) => {
      const flip = changes.find(({ atMs }) => atMs >= sinceMs);
      return flip === undefined || flip === changes[0] ? undefined : flip.atMs - sinceMs;
    },
    close: async () => {
      child.kill("SIGTERM");
      await once(child, "close");
    },
  };
}
