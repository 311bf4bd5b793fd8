import assert from "node:assert/strict";
import { test } from "node:test";
import { type AttemptFacts, isStatusRetried } from "../../../proxy/core/failure.ts";
import { compileRetries, countRequest, newRetryBudget, takeRetry } from "../../../proxy/core/retry.ts";

const rules = compileRetries({ attemptsMax: 1, on: [], statuses: [429, 503], budgetPercent: 10 });
const facts: AttemptFacts = {
  method: "GET",
  isReused: false,
  isReplayable: true,
  attempts: 1,
  rules,
  takeRetry: () => true,
  hasRetriedReuse: false,
};

/** How many retries are granted before the first refusal. */
function granted(budget: ReturnType<typeof newRetryBudget>, nowMs: number): number {
  let count = 0;
  while (count < 10_000 && takeRetry(budget, rules, nowMs)) count++;
  return count;
}

test("a quiet app has a hundred retries in ten seconds, a busy one its percentage more", () => {
  const budget = newRetryBudget();
  assert.equal(granted(budget, 1_000), 100);
  for (let count = 0; count < 500; count++) countRequest(budget, 1_000);
  assert.equal(granted(budget, 1_000), 50);
});

test("what was spent is forgotten after ten seconds, not after five", () => {
  const budget = newRetryBudget();
  granted(budget, 1_000);
  assert.equal(granted(budget, 6_000), 0);
  assert.equal(granted(budget, 10_000), 100);
  assert.equal(granted(budget, 60_000), 100);
});

const rows: readonly (readonly [string, number, Partial<AttemptFacts>, boolean])[] = [
  ["a listed status", 503, {}, true],
  ["the other listed status", 429, {}, true],
  ["a status that is not listed", 500, {}, false],
  ["a listed status of a POST", 503, { method: "POST" }, false],
  ["a listed status when the body is gone", 503, { isReplayable: false }, false],
  ["a listed status of the last attempt", 503, { attempts: 2 }, false],
  ["a listed status when the budget is spent", 503, { takeRetry: () => false }, false],
];
for (const [name, status, more, expected] of rows) {
  test(`${name} is ${expected ? "" : "not "}tried again`, () => {
    assert.equal(isStatusRetried(status, { ...facts, ...more }), expected);
  });
}
