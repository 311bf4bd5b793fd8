import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { documentOf, findRuntimes, type Runtime, startDaemon } from "./daemon.ts";
import { prepareFrr, startFrr, whyNoFrr } from "./frr.ts";
import { buildRig, whyNot } from "./rig.ts";

const skip = whyNot() ?? whyNoFrr() ?? false;
if (skip !== false) console.log(`interoperation with FRR skipped: ${skip}`);

const TIMEOUT_MS = 240_000;
// The packets are the same from both; interop.test.ts has both runtimes.
const [runtime] = findRuntimes().runtimes as [Runtime, ...Runtime[]];

describe("with FRR, version 3", { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
  test("FRR is Active and stops: ours follows it, then takes over after its skew", async (t) => {
    const rig = buildRig(t, "lb1", "lb2");
    await prepareFrr(rig, "lb2");
    const frr = await startFrr(rig, "lb2", 200);
    await frr.until(/Backup -> Master/, 0);
    const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(100));
    await lb1.child.until(/192\.0\.2\.12 is Active, with priority 200/, 0);
    const { edge } = (await lb1.status()).instances;
    assert.deepEqual([edge?.advertsDiscarded, edge?.checksumForm], [{}, "pseudo-header"]);
    const taken = lb1.reaches("Active");
    await frr.kill("SIGTERM");
    assert.match(await taken, /192\.0\.2\.12 resigned/);
    assert.deepEqual(rig.virtualAddresses("lb1"), ["192.0.2.100/32"]);
  });

  test("ours is Active and stops: FRR follows it, then takes over after its skew", async (t) => {
    const rig = buildRig(t, "lb1", "lb2");
    await prepareFrr(rig, "lb2");
    const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200));
    await lb1.reaches("Active");
    const frr = await startFrr(rig, "lb2", 100);
    for (let heard = 0, from = 0; heard < 5; heard++)
      from = frr.lines.indexOf(await frr.until(/Received VRRP Advertisement from 192\.0\.2\.11/, from), from) + 1;
    assert.ok(!frr.lines.some((line) => /Backup -> Master/.test(line)));
    await lb1.child.kill("SIGTERM");
    await frr.until(/Backup -> Master/, 0);
    assert.deepEqual(rig.virtualAddresses("lb1"), []);
  });
});
