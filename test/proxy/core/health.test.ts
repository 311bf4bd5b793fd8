import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppConfig, type AppInput, appSchema } from "../../../config/app.ts";
import { healthText, isUp, newHealth, nextCheckMs, stepHealth } from "../../../proxy/core/health.ts";

const RULES = { rise: 2, fall: 3, initialState: "up" as AppConfig["check"]["initialState"] };

/** What a string of checks (`+` passed, `-` failed) leads to: state after each, `*` where it changed. */
function transcript(checks: string, rules = RULES): string {
  let health = newHealth(rules);
  return [...checks]
    .map((check) => {
      const { health: next, change } = stepHealth(health, rules, check === "+");
      health = next;
      return healthText(next, rules) + (change === "wentUp" || change === "wentDown" ? "*" : "");
    })
    .join(", ");
}

test("a backend gets requests before its first check", () => {
  assert.equal(isUp(newHealth(RULES), RULES), true);
});

const rows: readonly (readonly [string, string])[] = [
  ["+", "UP"],
  ["-", "DOWN*"],
  ["+-", "UP, UP 2/3"],
  ["+--", "UP, UP 2/3, UP 1/3"],
  ["+---", "UP, UP 2/3, UP 1/3, DOWN*"],
  ["+--+", "UP, UP 2/3, UP 1/3, UP 2/3"],
  ["+-+", "UP, UP 2/3, UP"],
  ["-+", "DOWN*, DOWN 1/2"],
  ["-++", "DOWN*, DOWN 1/2, UP*"],
  ["-+-+", "DOWN*, DOWN 1/2, DOWN, DOWN 1/2"],
  ["--", "DOWN*, DOWN"],
  ["-++-", "DOWN*, DOWN 1/2, UP*, UP 2/3"],
  ["++", "UP, UP"],
];

for (const [checks, expected] of rows) {
  test(`rise 2 fall 3: ${checks} gives ${expected}`, () => {
    assert.equal(transcript(checks), expected);
  });
}

for (const [initialState, checks, expected] of [
  ["fullyUp", "-", "UP 2/3"],
  ["fullyUp", "---", "UP 2/3, UP 1/3, DOWN*"],
  ["fullyUp", "+", "UP"],
  ["down", "+", "UP*"],
  ["down", "-", "DOWN"],
  ["fullyDown", "++", "DOWN 1/2, UP*"],
  ["fullyDown", "-++", "DOWN, DOWN 1/2, UP*"],
] as const) {
  test(`rise 2 fall 3, at first ${initialState}: ${checks} gives ${expected}`, () => {
    assert.equal(transcript(checks, { ...RULES, initialState }), expected);
  });
}

test("rise 1 fall 1: every check decides", () => {
  assert.equal(transcript("+-+-", { ...RULES, rise: 1, fall: 1 }), "UP, DOWN*, UP*, DOWN*");
});

function checkOf(check: AppInput["check"]) {
  return appSchema.parse({ app: "a", path: "/", backends: { b: { address: "10.0.0.1:80" } }, check }).check;
}

const TIMES = { intervalMs: 10_000, fastIntervalMs: 1_000, downIntervalMs: 5_000, ...RULES, spreadPercent: 0 };

for (const [level, isChecked, expected, why] of [
  [4, true, 10_000, "surely up"],
  [3, true, 1_000, "going down"],
  [2, true, 1_000, "almost down"],
  [1, true, 1_000, "going up"],
  [0, true, 5_000, "surely down"],
  [2, false, 1_000, "not yet checked"],
] as const) {
  test(`the next check of a backend that is ${why} comes after ${expected} ms`, () => {
    assert.equal(nextCheckMs({ level, isChecked }, checkOf(TIMES), 0.5), expected);
  });
}

test("without its own interval, a backend that is down is checked like one that is up", () => {
  const { downIntervalMs: _, ...times } = TIMES;
  assert.equal(nextCheckMs({ level: 0, isChecked: true }, checkOf(times), 0.5), 10_000);
});

test("the fast interval is never slower than the ordinary one", () => {
  const check = checkOf({ ...TIMES, intervalMs: 500 });
  assert.equal(nextCheckMs({ level: 3, isChecked: true }, check, 0.5), 500);
});

test("the spread reaches from minus to plus its percent", () => {
  const check = checkOf({ ...TIMES, spreadPercent: 5 });
  const up = { level: 4, isChecked: true };
  assert.deepEqual(
    [nextCheckMs(up, check, 0), nextCheckMs(up, check, 0.5), nextCheckMs(up, check, 1)],
    [9_500, 10_000, 10_500],
  );
});
