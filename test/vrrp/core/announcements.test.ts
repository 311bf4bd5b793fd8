import assert from "node:assert/strict";
import { test } from "node:test";
import { settings } from "./fixtures.ts";
import { Lan } from "./lan.ts";

/** When an Active announces within 4 s, ms after it became Active. */
function announcements(announceIntervalMs: number): number[] {
  const times: number[] = [];
  let activeAtMs = 0;
  const lan = new Lan(
    () => [],
    (nowMs, _, effect) => {
      if (effect.kind === "transition" && effect.to === "active") activeAtMs = nowMs;
      if (effect.kind === "announce") times.push(nowMs);
    },
  );
  lan.add("lb1", { ...settings, announceOffsetsMs: [0, 50, 200], announceIntervalMs }, "192.0.2.11");
  lan.start("lb1");
  lan.run(4_350);
  return times.map((atMs) => atMs - activeAtMs);
}

test("after the burst of a takeover an Active announces its addresses as often as it is told to", () => {
  assert.deepEqual(announcements(1_000), [0, 50, 200, 1_200, 2_200, 3_200]);
  assert.deepEqual(announcements(0), [0, 50, 200]);
});
