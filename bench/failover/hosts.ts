import type { StatusQuestion } from "../../config/status.ts";
import { askStatus } from "../../daemon/status-socket.ts";
import { leaderOf } from "../../lab/host/cgroups.ts";
import type { Lab } from "../../lab/lab.ts";

/** The two hosts that may have the address. */
export const BALANCERS = ["lb1", "lb2"] as const;

const POLL_MS = 20;

export function virtualAddress(lab: Lab): string {
  const [virtual] = lab.virtualAddresses;
  if (virtual === undefined) throw new Error("the lab has no virtual address");
  return virtual.address;
}

/** Hosts whose kernel has the address. */
export async function holders(lab: Lab): Promise<string[]> {
  const lists = await Promise.all(
    BALANCERS.map(async (host) => {
      const { stdout } = await lab.run(host, ["ip", "-o", "address", "show", "to", virtualAddress(lab)]);
      return stdout.trim() === "" ? [] : [host];
    }),
  );
  return lists.flat();
}

/** Asks a host's VRRP daemon from outside: nothing is started on the host, so nothing competes with what is measured. */
export async function askVrrp(lab: Lab, host: string, question: StatusQuestion, waitMs: number): Promise<unknown> {
  const leader = await leaderOf(lab.name, host);
  return askStatus(`/proc/${leader}/root/run/lbpair/vrrp/status.sock`, question, waitMs);
}

export async function until(what: string, waitMs: number, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + waitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${waitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
