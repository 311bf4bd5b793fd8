import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "../../../proxy/shell/deadlines.ts";
import { EventClock } from "../../../proxy/shell/event-clock.ts";

/**
 * At which tick a deadline is met.
 *
 * @param stepsMs  by how much the clock moves from tick to tick; the last for all that follow
 */
async function ticksUntil(deadlineAfterMs: number, ...stepsMs: readonly number[]): Promise<number> {
  let ticks = 0;
  const clock = new EventClock();
  clock.nowMs = 0;
  clock.read = () => {
    clock.nowMs += stepsMs[ticks++] ?? stepsMs.at(-1) ?? 0;
    return clock.nowMs;
  };
  const deadlines = new Deadlines(clock);
  const awake = setInterval(() => undefined, 1_000);
  await new Promise<void>((resolve) => {
    deadlines.add({ deadlineMs: deadlines.after(deadlineAfterMs), onDeadline: resolve });
  });
  deadlines.stop();
  clearInterval(awake);
  return ticks;
}

test("a deadline is met at the first tick behind it", async () => {
  assert.equal(await ticksUntil(150, 100), 3);
});

test("a tick behind a standstill ends nothing, the next does: sockets have been read between", async () => {
  assert.equal(await ticksUntil(1, 600, 100), 2);
});

test("a worker whose every round is a standstill meets its deadlines all the same", async () => {
  assert.equal(await ticksUntil(2_000, 600), 4);
});
