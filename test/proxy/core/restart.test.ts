import assert from "node:assert/strict";
import { test } from "node:test";
import { restartOf } from "../../../proxy/core/restart.ts";

test("a worker that ends again and again is started again ever later, and not later than two seconds", () => {
  const pauses: number[] = [];
  let losses = 0;
  for (let count = 0; count < 7; count++) {
    const restart = restartOf(losses, 50);
    losses = restart.losses;
    pauses.push(restart.againMs);
  }
  assert.deepEqual(pauses, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
});

test("a worker that has lived for a while is started again at once, and what was before is forgotten", () => {
  assert.deepEqual(restartOf(6, 10_001), { losses: 0, againMs: 0 });
  assert.deepEqual(restartOf(0, 10_000), { losses: 1, againMs: 100 });
});
