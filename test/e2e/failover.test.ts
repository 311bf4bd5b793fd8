import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isGood, startWatch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import {
  BALANCERS,
  deployPair,
  eventually,
  holders,
  otherOf,
  settledHolder,
  type TestPair,
  vrrpStatus,
} from "./lib/pair.ts";

// Each way in which a balancer can go, seen from a client beyond the switch and from the kernels of both hosts.

let lab: Lab;
let pair: TestPair;

before(async () => {
  lab = await openTestLab();
  pair = await deployPair(lab, "failover", {});
});
after(async () => {
  for (const host of BALANCERS) {
    await lab.boot(host);
    await lab.heal(host);
  }
  await pair.close();
});

const ANSWER_WAIT_MS = 60_000;
const INTERVAL_MS = 50;

/** Takes the Active away while a client watches, and checks that the other one serves the client. Returns who went. */
async function loseActive(take: (active: string) => Promise<unknown>): Promise<string> {
  const active = await settledHolder(lab);
  const watch = startWatch(lab, pair.browser, "/app/", INTERVAL_MS);
  try {
    await watch.until("an answer before", isGood, ANSWER_WAIT_MS);
    await take(active);
    await eventually(
      `${otherOf(active)} has the address`,
      () => holders(lab),
      (seen) => seen.includes(otherOf(active)),
    );
    const takenOver = watch.samples.length;
    await watch.until(
      "an answer after",
      (sample) => isGood(sample) && watch.samples.length > takenOver,
      ANSWER_WAIT_MS,
    );
  } finally {
    await watch.stop();
  }
  return active;
}

/** A host that came back listens and stays Backup: nobody preempts by default. */
async function staysBackup(host: string): Promise<void> {
  await eventually(
    `${host} is Backup`,
    async () => (await vrrpStatus(lab, host)).instances["main"],
    (instance) => instance?.state === "Backup" && instance.activeAddress !== null,
  );
  assert.deepEqual(await holders(lab), [otherOf(host)]);
}

test("a cut cable: the other host takes over, and after the repair there is one Active", async () => {
  const cut = await loseActive((active) => lab.cut(active, "front"));
  await lab.heal(cut, "front");
  await staysBackup(cut);
});

test("a power cut: the other host takes over, and the dead one comes back as Backup by itself", async () => {
  const killed = await loseActive((active) => lab.kill(active));
  await lab.boot(killed);
  await eventually(
    "its daemons run",
    async () => (await lab.exec(killed, "lbctl status --json")).stdout,
    (text) => text.includes('"state":"Backup"'),
  );
  await staysBackup(killed);
});

test("the VRRP daemon is stopped: its address is gone and the other host serves", async () => {
  const stopped = await loseActive((active) => lab.sh(active, "systemctl stop lbpair-vrrp"));
  assert.deepEqual(await holders(lab), [otherOf(stopped)]);
  await lab.sh(stopped, "systemctl start lbpair-vrrp");
  await staysBackup(stopped);
});

test("the VRRP daemon is killed and kept from starting: its address does not stay behind", async () => {
  const kill = "systemctl mask --runtime lbpair-vrrp && systemctl kill --signal=KILL lbpair-vrrp";
  const killed = await loseActive((active) => lab.sh(active, kill));
  await eventually(
    "the dead daemon's address is gone",
    () => holders(lab),
    (seen) => seen.length === 1,
  );
  await lab.sh(
    killed,
    "systemctl unmask --runtime lbpair-vrrp; systemctl reset-failed lbpair-vrrp; systemctl start lbpair-vrrp",
  );
  await staysBackup(killed);
});

test("the proxy dies: its host is not fit to be Active, though its VRRP daemon is well", async () => {
  const stopped = await loseActive((active) => lab.sh(active, "systemctl stop lbpair-proxy"));
  const status = await vrrpStatus(lab, stopped);
  assert.equal(status.proxy.isHealthy, false);
  assert.equal(status.instances["main"]?.state, "Fault");
  await lab.sh(stopped, "systemctl start lbpair-proxy");
  await staysBackup(stopped);
});
