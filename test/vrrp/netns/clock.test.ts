import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { VrrpInput } from "../../../config/vrrp.ts";
import { type DaemonUnderTest, documentOf, findRuntimes, type Runtime, startDaemon, writeKey } from "./daemon.ts";
import { buildRig, type Rig, whyNot } from "./rig.ts";

// The time of day of a daemon alone is set, by Debian's libfaketime between it and the C library: this machine keeps its own.

const LIBRARY = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketimeMT.so.1`;
const skip = whyNot() ?? (existsSync(LIBRARY) ? false : "needs Debian's libfaketime");
if (skip !== false) console.log(`clocks that are set skipped: ${skip}`);

const TIMEOUT_MS = 240_000;
/** The library has a lock for every look at a clock, which on a busy machine may make the engine wait. */
const ADVERT_INTERVAL_MS = 500;
const HOUR_S = 3_600;
const KEY = "0123456789abcdef0123456789abcdef";
const INSTANCES = ["edge", "signed"] as const;
const OTHER = { lb1: "192.0.2.12", lb2: "192.0.2.11" } as const;
const PRIORITY = { lb1: 200, lb2: 100 } as const;
type Host = keyof typeof OTHER;

/** One router that takes every advertisement, and one that takes signed ones only. */
function documentFor(host: Host, more: Partial<VrrpInput> = {}): VrrpInput {
  const document = documentOf(PRIORITY[host], { advertIntervalMs: ADVERT_INTERVAL_MS });
  const { edge = { vrid: 0, priority: 1, addresses: [] } } = document.instances;
  const signed = { ...edge, vrid: 52, addresses: ["192.0.2.200/24"], authentication: { kind: "hmac" as const } };
  return { ...document, vrrp: host, ...more, instances: { edge, signed } };
}

/** Sets the clock of a host's daemon so far from the right time. */
function setClock(rig: Rig, host: Host, aheadSeconds: number): void {
  writeFileSync(join(rig.directory, host, "clock"), `${aheadSeconds < 0 ? "" : "+"}${aheadSeconds}\n`);
}

function startClocked(rig: Rig, host: Host, runtime: Runtime, input: VrrpInput): Promise<DaemonUnderTest> {
  const clock = `FAKETIME_TIMESTAMP_FILE=${join(rig.directory, host, "clock")}`;
  const wrapper = ["env", `LD_PRELOAD=${LIBRARY}`, clock, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"];
  return startDaemon(rig, host, runtime, input, wrapper);
}

/** lb1 is Active for both instances, lb2 follows it. */
async function startPair(t: TestContext, runtime: Runtime, more: (host: Host) => Partial<VrrpInput>) {
  const rig = buildRig(t, "lb1", "lb2");
  for (const host of ["lb1", "lb2"] as const) {
    mkdirSync(join(rig.directory, host));
    setClock(rig, host, 0);
    writeKey(rig, host, "vrrp-hmac", KEY);
  }
  const lb1 = await startClocked(rig, "lb1", runtime, documentFor("lb1", more("lb1")));
  for (const name of INSTANCES) await lb1.child.until(becomes(name, "Active"), 0);
  const lb2 = await startClocked(rig, "lb2", runtime, documentFor("lb2", more("lb2")));
  for (const name of INSTANCES) await lb2.child.until(follows(name, "192.0.2.11"), 0);
  return { rig, lb1, lb2 };
}

const becomes = (name: string, state: string) => new RegExp(`"event":"state","instance":"${name}".*"to":"${state}"`);
const follows = (name: string, active: string) => new RegExp(`"instance":"${name}".*${active} is Active`);
const changesOf = ({ child }: DaemonUnderTest) => child.lines.filter((line) => /"event":"state"/.test(line));

/** Waits for more adverts of every instance than may be missing. */
async function hearMore(daemon: DaemonUnderTest): Promise<void> {
  const received = async () => {
    const { instances } = await daemon.status();
    return Math.min(...INSTANCES.map((name) => instances[name]?.advertsReceived ?? 0));
  };
  const before = await received();
  for (let now = before; now < before + 4; ) now = await received();
}

/** The time of day as the daemon has it, ahead of this machine's, in whole hours. */
async function hoursAhead(daemon: DaemonUnderTest): Promise<number> {
  const reloaded = daemon.child.until(/"event":"reload"/);
  await daemon.reload();
  const { time } = JSON.parse(await reloaded) as { time: string };
  return Math.round((Date.parse(time) - Date.now()) / 1_000 / HOUR_S) + 0; // no -0
}

for (const runtime of findRuntimes().runtimes) {
  describe(`clocks that are set, on ${runtime.name}`, { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
    test("set ahead or back, on either host or both, also where adverts are signed: nothing moves", async (t) => {
      const { rig, lb1, lb2 } = await startPair(t, runtime, () => ({}));
      for (const [ofLb1, ofLb2] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
        [-2, -2],
      ] as const) {
        setClock(rig, "lb1", ofLb1 * HOUR_S);
        setClock(rig, "lb2", ofLb2 * HOUR_S);
        assert.deepEqual([await hoursAhead(lb1), await hoursAhead(lb2)], [ofLb1, ofLb2]);
        await hearMore(lb2);
      }
      assert.deepEqual([...changesOf(lb1).slice(4), ...changesOf(lb2).slice(2)], []);
    });

    for (const [words, hours] of [
      ["back", -1],
      ["ahead", 1],
    ] as const) {
      test(`both clocks set ${words}: a daemon that is started again follows the other, and is followed`, async (t) => {
        const more = (host: Host) => ({ control: { peers: [OTHER[host]] } });
        const { rig, lb1, lb2 } = await startPair(t, runtime, more);
        for (const host of ["lb1", "lb2"] as const) setClock(rig, host, hours * HOUR_S);
        await lb2.child.kill("SIGTERM");
        const again = await startClocked(rig, "lb2", runtime, documentFor("lb2", more("lb2")));
        for (const name of INSTANCES) await again.child.until(follows(name, "192.0.2.11"), 0);
        assert.deepEqual(changesOf(lb1).slice(4), []);
        await lb1.child.kill("SIGTERM");
        for (const name of INSTANCES) await again.child.until(becomes(name, "Active"), 0);
        const last = await startClocked(rig, "lb1", runtime, documentFor("lb1", more("lb1")));
        for (const name of INSTANCES) await last.child.until(follows(name, "192.0.2.12"), 0);
        await hearMore(last);
        assert.ok(!changesOf(last).some((line) => /"to":"Active"/.test(line)));
      });
    }
  });
}
