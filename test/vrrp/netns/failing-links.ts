import type { VrrpInput } from "../../../config/vrrp.ts";
import { type DaemonUnderTest, documentOf, findRuntimes, type Runtime, startDaemon } from "./daemon.ts";
import { hasTool, joinBack, type Rig, whyNot } from "./rig.ts";

// What the tests of links that fail have in common, over either family.

export const skip = whyNot() ?? (hasTool("nft") ? false : "needs nft");
export const noKeepalived = hasTool("keepalived") ? false : "needs keepalived";
export const TIMEOUT_MS = 240_000;

/** The machine and the kernel are the same for both; failover.test.ts and ipv6.test.ts have both runtimes. */
export const [runtime] = findRuntimes().runtimes as [Runtime, ...Runtime[]];

type Instance = Parameters<typeof documentOf>[1];

/** A pair whose control channel goes over the second path: the first is Active, the second ready. */
export async function startPair(
  rig: Rig,
  instance: Instance = {},
): Promise<{ lb1: DaemonUnderTest; lb2: DaemonUnderTest }> {
  joinBack(rig);
  const lb1 = await startDaemon(rig, "lb1", runtime, controlled("lb1", 254, instance));
  await lb1.reaches("Active");
  const lb2 = await startDaemon(rig, "lb2", runtime, controlled("lb2", 250, instance));
  await lb1.child.until(/"event":"standby".*"isReady":true/, 0);
  return { lb1, lb2 };
}

function controlled(host: "lb1" | "lb2", priority: number, instance: Instance): VrrpInput {
  const peer = host === "lb1" ? "198.51.100.12" : "198.51.100.11";
  // Slow enough that a busy machine keeps its word on the control channel.
  return documentOf(priority, { ...instance, advertIntervalMs: 1_000 }, { vrrp: host, control: { peers: [peer] } });
}

/** Drops what matches on its way into a host. */
export function block(rig: Rig, family: "ip" | "ip6", host: string, what: string): void {
  rig.exec(
    host,
    "nft",
    `add table ${family} block; add chain ${family} block in { type filter hook input priority -400; }`,
  );
  rig.exec(host, "nft", "add", "rule", family, "block", "in", what);
}

export function unblock(rig: Rig, family: "ip" | "ip6", host: string): void {
  rig.exec(host, "nft", "delete", "table", family, "block");
}
