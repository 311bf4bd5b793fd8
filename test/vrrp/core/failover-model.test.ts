import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDocument } from "../../../config/document.ts";
import { type Prediction, predictAlone, predictFailovers } from "../../../config/failover.ts";
import { type VrrpConfig, vrrpDocument } from "../../../config/vrrp.ts";
import { judgeConditions } from "../../../vrrp/core/eligibility.ts";
import type { HostNetwork } from "../../../vrrp/core/network.ts";
import { buildSettings } from "../../../vrrp/core/settings.ts";
import { findWarnings } from "../../../vrrp/core/warnings.ts";
import { Lan } from "./lan.ts";

const HOSTS = ["lb1", "lb2"] as const;
const TRAVEL_MS = 1;

function parse(host: string, ...lines: object[]): VrrpConfig {
  const text = [{ vrrp: host }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
  const parsed = parseDocument(vrrpDocument, text);
  assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.problems));
  return parsed.value;
}

const edge = (priority: number, more: object = {}) => ({
  instance: "edge",
  vrid: 51,
  priority,
  addresses: ["192.0.2.100/24"],
  neighbourWaitMs: 0,
  ...more,
});
const pair = (first: number, second: number, instance: object = {}, ...lines: object[]) =>
  [parse("lb1", edge(first, instance), ...lines), parse("lb2", edge(second, instance), ...lines)] as const;
const stuck = (found: readonly Prediction[]) =>
  found
    .filter(({ takeoverMs }) => takeoverMs === null)
    .map(({ host, failure, because }) => `${host}, ${failure}: ${because}`);

test("the article's own configuration: when a proxy dies, nothing happens, and why is said", () => {
  const article = pair(101, 100, { version: 2, advertIntervalMs: 1_000 }, { trackProxy: { weight: 2 } });
  const why = (host: string, from: number, to: number, other: string, own: number) =>
    ["dies", "hangs"].map(
      (how) =>
        `${host}, its proxy ${how}: the priority of ${host} falls from ${from} to ${to}; ${other} has ${own} and may not take over: preempt is "never"`,
    );
  assert.deepEqual(stuck(predictFailovers(article)), [
    ...why("lb1", 103, 101, "lb2", 102),
    ...why("lb2", 102, 100, "lb1", 103),
  ]);
});

test("the defaults survive every single failure, and how soon is known", () => {
  const found = predictFailovers(pair(254, 250));
  assert.deepEqual(stuck(found), []);
  assert.deepEqual(
    found.filter(({ host }) => host === "lb1").map(({ failure, takeoverMs }) => [failure, takeoverMs]),
    [
      ["the host dies", 302.34375],
      ["its cable is pulled", 302.34375],
      ["its proxy dies", 2.34375],
      ["its proxy hangs", 1002.34375],
    ],
  );
});

test("a weight that the bounds of priorities eat up changes nothing", () => {
  const [first = ""] = stuck(predictFailovers(pair(254, 253, { preempt: "always" }, { trackProxy: { weight: 2 } })));
  assert.equal(
    first,
    "lb1, its proxy dies: the priority of lb1 falls from 254 to 254; priorities are 1 to 254, so the weight changes nothing",
  );
});

test("hosts that do not hear each other are both Active, which no failure is needed for", () => {
  const found = predictFailovers([parse("lb1", edge(2)), parse("lb2", edge(1, { vrid: 52 }))]);
  assert.deepEqual(
    stuck(found)[0],
    "lb1, nothing fails: the hosts differ in vrid and do not hear each other: both are Active",
  );
  const lonely = predictFailovers([parse("lb1", edge(2)), parse("lb2", { ...edge(1), instance: "other" })]);
  assert.deepEqual(stuck(lonely), [
    "lb1, the host dies: lb2 does not have the instance",
    "lb2, the host dies: lb1 does not have the instance",
  ]);
});

test("from one document: what no priority of the other host can heal is warned of, once for each setting", () => {
  const warned = (...lines: object[]) => findWarnings(predictAlone(parse("lb1", ...lines)));
  assert.deepEqual(warned(edge(100)), []);
  assert.deepEqual(warned(edge(100, { preempt: "always" }), { trackProxy: { weight: 2 } }), []);
  assert.deepEqual(warned(edge(100), { trackProxy: { isEnabled: false } }), [
    {
      path: "trackProxy.isEnabled",
      what: "NO FAILOVER of edge when its proxy dies, its proxy hangs: lb1 does not look at it",
    },
  ]);
  const [trap] = warned(edge(100), { trackProxy: { weight: 2 } });
  assert.equal(trap?.path, "trackProxy.weight");
  const [far] = warned(edge(100, { preempt: "always", peerPriority: 90 }), { trackProxy: { weight: 2 } });
  assert.match(far?.what ?? "", /falls from 102 to 100; that of the other host is 92, not higher/);
});

const NETWORK: HostNetwork = { links: new Map(), addresses: [] };
const link = { index: 2, name: "eth0", mac: "02:00:00:00:00:01", isLoopback: false, isRunning: true };
/** Longer than the longest wait: three intervals of 1 s, a skew and a delay. */
const LONG_MS = 6_000;

/** Plays a failure of the Active with two real machines; returns when the other was Active, or null. */
function play(
  configs: readonly [VrrpConfig, VrrpConfig],
  activeIndex: 0 | 1,
  failure: string,
): number | null | "not Active" {
  const lan = new Lan(() => [TRAVEL_MS]);
  const order = activeIndex === 0 ? ([0, 1] as const) : ([1, 0] as const);
  const conditions = (index: 0 | 1, isHealthy: boolean) => {
    const settings = buildSettings("edge", configs[index].instances["edge"] ?? assert.fail());
    const source = `192.0.2.1${index + 1}`;
    const proxy = { isHealthy, because: "gone" };
    return judgeConditions(settings, configs[index].trackProxy, { ok: true, link, source }, NETWORK, proxy);
  };
  for (const index of order) {
    const settings = buildSettings("edge", configs[index].instances["edge"] ?? assert.fail());
    lan.add(HOSTS[index], settings, `192.0.2.1${index + 1}`);
    lan.setConditions(HOSTS[index], conditions(index, true));
    lan.start(HOSTS[index]);
    lan.run(lan.nowMs + LONG_MS);
  }
  const [active, backup] = [HOSTS[order[0]], HOSTS[order[1]]];
  if (lan.actives().join() !== active) return "not Active";
  const failedAtMs = lan.nowMs;
  if (failure === "the host dies") lan.kill(active);
  if (failure === "its cable is pulled") lan.get(active).isCut = true;
  if (failure === "its proxy dies") lan.setConditions(active, conditions(order[0], false));
  let takenAtMs: number | null = null;
  lan.run(failedAtMs + LONG_MS, () => {
    if (takenAtMs === null && lan.get(backup).state.kind === "active") takenAtMs = lan.nowMs;
  });
  return takenAtMs === null ? null : takenAtMs - failedAtMs;
}

const priorities = fc.integer({ min: 1, max: 254 });
const near = fc.tuple(priorities, fc.integer({ min: -4, max: 4 })).map(([first, by]) => {
  const second = Math.min(254, Math.max(1, first + by));
  return [first, second] as const;
});
const instance = fc.record({
  preempt: fc.constantFrom("never", "when-healthier", "always"),
  preemptDelayMs: fc.constantFrom(0, 700),
  version: fc.constantFrom(2, 3),
});
const weight = fc.oneof(fc.constant(0), fc.integer({ min: -6, max: 6 }));

test("what is predicted is what two real machines do, whatever the settings", () => {
  fc.assert(
    fc.property(near, instance, weight, fc.boolean(), ([first, second], given, weight, isEnabled) => {
      fc.pre(first !== second);
      const tracked = { trackProxy: { isEnabled, weight } };
      const configs = pair(first, second, { ...given, advertIntervalMs: given.version === 2 ? 1_000 : 100 }, tracked);
      const found = predictFailovers(configs);
      for (const index of [0, 1] as const) {
        for (const failure of ["the host dies", "its cable is pulled", "its proxy dies"]) {
          const happened = play(configs, index, failure);
          const predicted = found.find((one) => one.host === HOSTS[index] && one.failure === failure);
          const told = `${HOSTS[index]}, ${failure}: ${JSON.stringify(predicted)}, happened: ${happened}`;
          if (happened === "not Active") assert.equal(predicted, undefined, told);
          else if (happened === null) assert.equal(predicted?.takeoverMs, null, told);
          else {
            assert.ok(typeof predicted?.takeoverMs === "number", told);
            assert.ok(happened <= predicted.takeoverMs + 2 * TRAVEL_MS, told);
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});
