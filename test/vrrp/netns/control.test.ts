import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { describe, test } from "node:test";
import type { SwitchoverResult } from "../../../config/status.ts";
import type { VrrpInput } from "../../../config/vrrp.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { type DaemonUnderTest, documentOf, findRuntimes, type Runtime, startDaemon } from "./daemon.ts";
import { buildRig, type Rig, whyNot } from "./rig.ts";

const skip = whyNot() ?? false;
if (skip !== false) console.log(`the control channel between namespaces skipped: ${skip}`);
const { runtimes, missing } = findRuntimes();
for (const reason of missing) console.log(`the control channel without ${reason}`);

const TIMEOUT_MS = 240_000;
const VIRTUAL = "192.0.2.100/32";
const OTHER = { lb1: "192.0.2.12", lb2: "192.0.2.11" } as const;

type Instance = Partial<VrrpInput["instances"][string]>;

function controlled(host: "lb1" | "lb2", priority: number, instance: Instance = {}): VrrpInput {
  return documentOf(priority, instance, { vrrp: host, control: { peers: [OTHER[host]] } });
}

/** lb1 is Active, lb2 its Backup, and each knows the other. Adverts are too slow to matter. */
async function startPair(
  rig: Rig,
  runtime: Runtime,
  instance: Instance = { advertIntervalMs: 1_000 },
): Promise<{ lb1: DaemonUnderTest; lb2: DaemonUnderTest }> {
  const lb1 = await startDaemon(rig, "lb1", runtime, controlled("lb1", 254, instance));
  await lb1.reaches("Active");
  const lb2 = await startDaemon(rig, "lb2", runtime, controlled("lb2", 250, instance));
  await lb1.child.until(/"event":"standby".*"isReady":true/, 0);
  return { lb1, lb2 };
}

/** As the kernel of the watcher's host has it; greeting and proof follow within a round trip. */
async function untilLifeline(rig: Rig, watcher: string, wanted: "held" | "lost"): Promise<void> {
  const isHeld = () => rig.exec(watcher, "ss", "-Htn", "state", "established", "dport", "=", "8113") !== "";
  while (isHeld() !== (wanted === "held")) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function switchover(daemon: DaemonUnderTest): Promise<SwitchoverResult> {
  return (await askStatus(daemon.socket, { request: "switchover" }, 10_000)) as SwitchoverResult;
}

for (const runtime of runtimes) {
  describe(`the control channel on ${runtime.name}`, { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
    test("SIGKILL is known from the end of the lifeline: the other takes over without waiting", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1, lb2 } = await startPair(rig, runtime);
      await untilLifeline(rig, "lb2", "held");
      const taken = lb2.reaches("Active");
      await lb1.child.kill("SIGKILL");
      assert.match(await taken, /the VRRP daemon at 192\.0\.2\.11 died: its lifeline ended/);
      assert.deepEqual(rig.virtualAddresses("lb2"), [VIRTUAL]);
    });

    test("the lifeline is open in the engine's thread alone, whose end does not wait for the others", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1 } = await startPair(rig, runtime);
      const listening = rig.exec("lb1", "ss", "-Htlne", "sport", "=", "8113");
      const inode = /\bino:(\d+)/.exec(listening)?.[1];
      const descriptors = `/proc/${lb1.child.pid}/fd`;
      const open = readdirSync(descriptors).map((fd) => readlinkSync(`${descriptors}/${fd}`));
      assert.ok(inode !== undefined);
      assert.equal(open.includes(`socket:[${inode}]`), false);
    });

    test("SIGKILL where lifelines are blocked is known from the closed connection and the refused one", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      rig.exec("lb1", "nft", "add table ip t; add chain ip t c { type filter hook input priority 0; }");
      rig.exec("lb1", "nft", "add rule ip t c tcp dport 8113 drop");
      const { lb1, lb2 } = await startPair(rig, runtime);
      const taken = lb2.reaches("Active");
      await lb1.child.kill("SIGKILL");
      assert.match(await taken, /lb1's VRRP daemon died: its connection closed without a word/);
    });

    test("a lifeline that a firewall resets is no death, and is held again", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb2 } = await startPair(rig, runtime);
      await untilLifeline(rig, "lb2", "held");
      rig.exec("lb1", "nft", "add table ip t; add chain ip t c { type filter hook input priority 0; }");
      rig.exec("lb1", "nft", "add rule ip t c tcp dport 8113 reject with tcp reset");
      await untilLifeline(rig, "lb2", "lost");
      rig.exec("lb1", "nft", "flush ruleset");
      await untilLifeline(rig, "lb2", "held");
      assert.equal((await lb2.status()).instances["edge"]?.state, "Backup");
    });

    test("a firewall that cuts the channel is no death", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1, lb2 } = await startPair(rig, runtime);
      rig.exec("lb1", "nft", "add table ip t; add chain ip t c { type filter hook output priority 0; }");
      const lost = lb2.child.until(/"event":"control".*"isUp":false/);
      rig.exec("lb1", "nft", "add rule ip t c tcp sport 8112 drop");
      await lost;
      rig.exec("lb1", "nft", "flush ruleset");
      await lb2.child.until(/"event":"control".*"isUp":true/);
      assert.equal((await lb1.status()).instances["edge"]?.state, "Active");
      assert.equal((await lb2.status()).instances["edge"]?.state, "Backup");
    });

    test("a planned switchover moves the address there and back, asked for on either host", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1, lb2 } = await startPair(rig, runtime);
      const there = await switchover(lb1);
      assert.deepEqual([there.isOk, there.problems], [true, []]);
      assert.deepEqual(
        there.moved.map(({ instance, from, to }) => [instance, from, to]),
        [["edge", "lb1", "lb2"]],
      );
      assert.deepEqual(rig.virtualAddresses("lb2"), [VIRTUAL]);
      assert.equal((await lb1.status()).instances["edge"]?.state, "Backup");
      await lb2.child.until(/"event":"standby".*"isReady":true/, 0);
      const back = await switchover(lb1);
      assert.deepEqual(
        back.moved.map(({ from, to }) => [from, to]),
        [["lb2", "lb1"]],
      );
      assert.equal((await lb1.status()).instances["edge"]?.state, "Active");
      assert.equal((await lb2.status()).instances["edge"]?.state, "Backup");
    });

    test("a switchover is refused when the standby is not ready, and nothing moves", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1, lb2 } = await startPair(rig, runtime);
      lb2.configure(controlled("lb2", 250, { advertIntervalMs: 1_000, trackInterfaces: ["eth9"] }));
      lb2.child.signal("SIGHUP");
      await lb2.reaches("Fault");
      await lb1.child.until(/"event":"standby".*"isReady":false/);
      const refusal = await switchover(lb1);
      assert.equal(refusal.isOk, false);
      assert.match(refusal.problems.join(), /edge: the other host is Fault: tracked interface eth9: absent/);
      assert.deepEqual(rig.virtualAddresses("lb1"), [VIRTUAL]);
    });

    test("a peer with another key is not listened to", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb2 } = await startPair(rig, runtime);
      rig.exec("lb2", "sh", "-c", `printf ${"x".repeat(40)} > ${lb2.configDir}/keys/control`);
      lb2.child.signal("SIGHUP");
      await lb2.child.until(/"event":"control".*"isUp":false/);
      const refusal = await switchover(lb2);
      assert.equal(refusal.isOk, false);
    });
  });
}
