import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../../proxy/core/pace.ts";

const RULES = { graceMs: 1_000, bytesPerSecondMin: 100 };

test("octets earn a body time, beyond what it has anyway", () => {
  const pace = new Pace();
  pace.await(5_000);
  assert.deepEqual([pace.leftMs(0, RULES, 5_000), pace.leftMs(0, RULES, 5_900)], [1_000, 100]);
  assert.deepEqual([pace.leftMs(50, RULES, 6_400), pace.leftMs(50, RULES, 6_600)], [100, -100]);
});

test("time in which the client has to wait itself does not count", () => {
  const pace = new Pace();
  pace.await(0);
  pace.await(300);
  pace.rest(400);
  pace.rest(500);
  assert.equal(pace.leftMs(0, RULES, 10_000), 600);
  pace.await(10_000);
  assert.equal(pace.leftMs(0, RULES, 10_100), 500);
});

test("without a rate nobody is too slow", () => {
  const pace = new Pace();
  pace.await(0);
  assert.equal(pace.leftMs(0, { ...RULES, bytesPerSecondMin: 0 }, 1e9), Number.POSITIVE_INFINITY);
});
