import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeConditions } from "../../../vrrp/core/eligibility.ts";
import { emptyNetwork } from "../../../vrrp/core/network.ts";
import { stepTrack, type TrackResult, untracked } from "../../../vrrp/core/track.ts";
import { settings } from "./fixtures.ts";

test("the first answer counts at once; after that rise good or fall bad ones in a row do", () => {
  const seen: (boolean | null)[] = [];
  let track = untracked;
  for (const answer of [true, false, true, false, false, false, true, false, true, true]) {
    track = stepTrack(track, answer, { rise: 2, fall: 3 });
    seen.push(track.isUp);
  }
  assert.deepEqual(seen, [true, true, true, true, true, false, false, false, false, true]);
});

const link = { index: 2, name: "eth0", mac: "02:00:00:00:00:01", isLoopback: false, isRunning: true };
const judge = (...tracks: TrackResult[]) => {
  const proxy = { isHealthy: true, because: "" };
  const trackProxy = { isEnabled: true, silenceMs: 1_000, weight: 0 };
  const placement = { ok: true, link, source: "192.0.2.11" } as const;
  const { faults, priority } = judgeConditions(settings, trackProxy, placement, emptyNetwork, proxy, tracks);
  return { faults, priority };
};
const track = (isUp: boolean | null, weight: number): TrackResult => ({
  what: "script a",
  isUp,
  because: "said so",
  weight,
});

test("without a weight a failure, or knowing nothing yet, is a fault; with one it is a change of priority", () => {
  assert.deepEqual(judge(track(true, 0)), { faults: [], priority: 128 });
  assert.deepEqual(judge(track(false, 0)), { faults: ["script a: said so"], priority: 128 });
  assert.deepEqual(judge(track(null, 0)), { faults: ["script a: said so"], priority: 128 });
  assert.deepEqual(judge(track(true, 5), track(false, 7)), { faults: [], priority: 133 });
  assert.deepEqual(judge(track(true, -5), track(false, -7)), { faults: [], priority: 121 });
  assert.deepEqual(judge(track(null, -5), track(null, 5)), { faults: [], priority: 128 });
});
