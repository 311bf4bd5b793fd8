import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Settings } from "../../../vrrp/core/settings.ts";
import type { Effect } from "../../../vrrp/core/state.ts";
import { settings } from "./fixtures.ts";
import { type Channel, Lan } from "./lan.ts";

type Act =
  | { readonly kind: "start" | "stop" | "kill" | "cut" | "heal" | "fail" | "recover"; readonly name: string }
  | { readonly kind: "sleep"; readonly name: string; readonly forMs: number };
type Script = readonly { readonly afterMs: number; readonly act: Act }[];

const NAMES = ["lb1", "lb2"] as const;
/** Longest travel of a packet over the bad link, and over the good one. */
const BAD_DELAY_MS = 150;
const GOOD_DELAY_MS = 2;
const INTERVAL_MS = 100;
/** Longer than any silence that the machine waits for. */
const LONG_MS = 5_000;

const name = fc.constantFrom(...NAMES);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom("start" as const, "stop" as const, "kill" as const), name }),
  fc.record({ kind: fc.constantFrom("cut" as const, "heal" as const, "fail" as const, "recover" as const), name }),
  fc.record({ kind: fc.constant("sleep" as const), name, forMs: fc.integer({ min: 1, max: 2_000 }) }),
);
const script: fc.Arbitrary<Script> = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 600 }), act }), {
  maxLength: 25,
  size: "max",
});
/** Copies of successive packets: none, one or two, late and out of order. */
const travels = fc.infiniteStream(fc.array(fc.integer({ min: 0, max: BAD_DELAY_MS }), { maxLength: 2 }));
const preempt = fc.constantFrom<Settings["preempt"]>("never", "when-healthier", "always");
type Priorities = readonly [number, number];
const priorities = fc.constantFrom<Priorities>([254, 253], [101, 100], [100, 100], [1, 254]);

type World = {
  readonly lan: Lan;
  readonly effects: [nowMs: number, name: string, effect: Effect][];
  repair: () => void;
};

function build(stream: Iterator<readonly number[]>, mode: Settings["preempt"], [high, low]: Priorities): World {
  let isGood = false;
  const channel: Channel = () => (isGood ? [GOOD_DELAY_MS] : (stream.next().value ?? []));
  const effects: World["effects"] = [];
  const lan = new Lan(channel, (nowMs, router, effect) => effects.push([nowMs, router.name, effect]));
  lan.add("lb1", { ...settings, priority: high, preempt: mode }, "192.0.2.11");
  lan.add("lb2", { ...settings, priority: low, preempt: mode }, "192.0.2.12");
  for (const router of NAMES) lan.start(router);
  return {
    lan,
    effects,
    repair: () => {
      isGood = true;
    },
  };
}

function perform(lan: Lan, act: Act): void {
  const router = lan.get(act.name);
  switch (act.kind) {
    case "start":
      lan.start(act.name);
      break;
    case "stop":
      lan.stop(act.name);
      break;
    case "kill":
      lan.kill(act.name);
      break;
    case "cut":
      router.isCut = true;
      break;
    case "heal":
      router.isCut = false;
      break;
    case "fail":
      lan.setFaults(act.name, ["proxy: gone"]);
      break;
    case "recover":
      lan.setFaults(act.name, []);
      break;
    case "sleep":
      lan.sleep(act.name, act.forMs);
      break;
  }
}

function play(lan: Lan, acts: Script): void {
  for (const { afterMs, act } of acts) {
    lan.run(lan.nowMs + afterMs);
    perform(lan, act);
  }
}

/** Both run, are well, awake and connected. */
function makeWell({ lan, repair }: World): void {
  lan.run(Math.max(lan.nowMs, ...[...lan.routers.values()].map(({ asleepUntilMs }) => asleepUntilMs)));
  for (const router of NAMES) {
    perform(lan, { kind: "heal", name: router });
    perform(lan, { kind: "recover", name: router });
    perform(lan, { kind: "start", name: router });
  }
  lan.run(lan.nowMs + BAD_DELAY_MS);
  repair();
}

test("connected and well, whatever happened before: in the end exactly one is Active, and it alone has the address", () => {
  fc.assert(
    fc.property(script, travels, preempt, priorities, (acts, stream, mode, pair) => {
      const world = build(stream[Symbol.iterator](), mode, pair);
      play(world.lan, acts);
      makeWell(world);
      world.lan.run(world.lan.nowMs + LONG_MS);
      const [only, ...others] = world.lan.actives();
      assert.ok(only !== undefined && others.length === 0, `Active: ${world.lan.actives().join(" and ")}`);
      for (const router of world.lan.routers.values()) assert.equal(router.hasAddress, router.name === only);
      if (mode === "always" && pair[0] !== pair[1]) assert.equal(only, pair[0] > pair[1] ? "lb1" : "lb2");
    }),
    { numRuns: 500 },
  );
});

test("after a heal two are Active for no longer than an interval and a round trip", () => {
  fc.assert(
    fc.property(script, travels, preempt, priorities, (acts, stream, mode, pair) => {
      const world = build(stream[Symbol.iterator](), mode, pair);
      play(world.lan, acts);
      makeWell(world);
      let sinceMs = world.lan.actives().length < 2 ? Number.POSITIVE_INFINITY : world.lan.nowMs;
      world.lan.run(world.lan.nowMs + LONG_MS, () => {
        if (world.lan.actives().length < 2) sinceMs = Number.POSITIVE_INFINITY;
        else sinceMs = Math.min(sinceMs, world.lan.nowMs);
        assert.ok(
          world.lan.nowMs - sinceMs <= INTERVAL_MS + 2 * GOOD_DELAY_MS,
          `two for ${world.lan.nowMs - sinceMs} ms`,
        );
      });
    }),
    { numRuns: 500 },
  );
});

test("RFC9568-6.4.3: an Active that stops or becomes unable says priority 0, then removes the address", () => {
  fc.assert(
    fc.property(script, travels, preempt, priorities, (acts, stream, mode, pair) => {
      const { lan, effects } = build(stream[Symbol.iterator](), mode, pair);
      play(lan, acts);
      for (const [index, [, router, effect]] of effects.entries()) {
        const isLeaving = effect.kind === "transition" && effect.from === "active" && effect.to !== "backup";
        if (!isLeaving) continue;
        assert.deepEqual(
          effects.slice(index - 2, index).map(([, by, before]) => [by, before]),
          [
            [router, { kind: "advertise", priority: 0 }],
            [router, { kind: "removeAddresses" }],
          ],
        );
      }
    }),
    { numRuns: 500 },
  );
});

test("whoever is not Active has no address", () => {
  fc.assert(
    fc.property(script, travels, preempt, priorities, (acts, stream, mode, pair) => {
      const { lan } = build(stream[Symbol.iterator](), mode, pair);
      const check = () => {
        for (const { state, hasAddress } of lan.routers.values()) assert.equal(hasAddress, state.kind === "active");
      };
      for (const { afterMs, act } of acts) {
        lan.run(lan.nowMs + afterMs, check);
        perform(lan, act);
        check();
      }
    }),
    { numRuns: 500 },
  );
});
