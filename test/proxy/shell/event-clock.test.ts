import assert from "node:assert/strict";
import { test } from "node:test";
import { EventClock } from "../../../proxy/shell/event-clock.ts";

test("the time of day goes with the event's, and follows the system's clock when it is looked at", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const clock = new EventClock();
  clock.nowMs += 1_500;
  assert.equal(Math.round(clock.epochMs), 1_001_500);
  assert.equal(clock.epochS, 1_001);
  context.mock.timers.setTime(5_000_000);
  assert.equal(clock.epochS, 1_001);
  clock.align();
  assert.equal(Math.round(clock.epochMs), 5_000_000);
});
