import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Lab } from "../../lab/lab.ts";
import { virtualAddress } from "./hosts.ts";

/** Watches a host's kernel for the removal of the virtual address. */
export type AddressMonitor = {
  /** Wall clock of the removal; undefined when there was none in time. Ends the watch. */
  readonly gone: (waitMs: number) => Promise<number | undefined>;
};

/** Time for the program to have subscribed: it does not say when it has. */
const SUBSCRIBE_MS = 50;

export async function openAddressMonitor(lab: Lab, host: string): Promise<AddressMonitor> {
  const [program = "", ...enter] = lab.enter(host);
  const child = spawn(program, [...enter, "ip", "-ts", "monitor", "address"], { stdio: ["ignore", "pipe", "ignore"] });
  const removal = Promise.withResolvers<number>();
  createInterface(child.stdout).on("line", (line) => {
    const [, time] = /^\[(\S+)\] Deleted /.exec(line) ?? [];
    if (time !== undefined && line.includes(`inet ${virtualAddress(lab)}/`)) removal.resolve(Date.parse(time));
  });
  await new Promise((resolve) => setTimeout(resolve, SUBSCRIBE_MS));
  return {
    gone: async (waitMs) => {
      const late = new Promise<undefined>((resolve) => setTimeout(resolve, waitMs, undefined));
      const atMs = await Promise.race([removal.promise, late]);
      child.kill("SIGTERM");
      await once(child, "close");
      return atMs;
    },
  };
}
