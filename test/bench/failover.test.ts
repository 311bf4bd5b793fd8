import assert from "node:assert/strict";
import { test } from "node:test";
import { renderSeries, type Series } from "../../bench/failover/report.ts";
import { addResults } from "../../bench/failover/results-file.ts";
import { longestWait, windowOf } from "../../bench/failover/window.ts";

test("who asks waits until the next answer, whoever it is for", () => {
  const asked = [0, 2, 4, 6, 8, 10];
  assert.equal(longestWait(asked, [0.1, 2.1, 9.5, 10.1], 0, 10), 5.5);
  assert.equal(longestWait(asked, [0.1, 2.1, 9.5, 10.1], 6, 10), 3.5);
  assert.equal(longestWait(asked, [0.1, 2.1, 9.5, 10.1], 20, 30), 0);
});

test("who is never answered waits for ever", () => {
  assert.equal(longestWait([1, 2], [1.5], 0, 10), Number.POSITIVE_INFINITY);
});

test("the gap between good answers begins with the last one before the moment", () => {
  const seen = [
    { endMs: 10, isGood: true },
    { endMs: 20, isGood: true },
    { endMs: 25, isGood: false },
    { endMs: 41, isGood: true },
    { endMs: 50, isGood: true },
  ];
  assert.deepEqual(windowOf(seen, 22), { failed: 1, gapMs: 21 });
});

const TRIAL = { takeoverMs: 3, fromMs: 0, toMs: 3, failed: 0, failures: [], httpGapMs: 12, silenceMs: 4, flipMs: 2 };
const series = (more: Partial<Series>): Series => ({
  ...{ contender: "lbpair", intervalMs: 100, event: "sigkill", title: "killed", trials: [TRIAL], misses: [] },
  ...more,
});

test("trials of the same event, program and interval are added, with what was missed; others stay apart", () => {
  const soak = { contender: "lbpair", seconds: 600, falseTakeovers: 0, latenessP99Ms: 0.5, latenessMaxMs: 2 };
  const more = [series({ misses: ["nobody"] }), series({ intervalMs: 20 }), series({ contender: "keepalived" })];
  const { series: all, soaks } = addResults({ series: [series({})], soaks: [] }, { series: more, soaks: [soak] });
  assert.deepEqual(
    all.map(({ contender, intervalMs, trials, misses }) => [contender, intervalMs, trials.length, misses.length]),
    [
      ["lbpair", 100, 2, 1],
      ["lbpair", 20, 1, 0],
      ["keepalived", 100, 1, 0],
    ],
  );
  assert.deepEqual(soaks, [soak]);
});

test("an address that stayed is told, and so is what a missed trial came to", () => {
  const text = renderSeries([
    series({
      trials: [
        { ...TRIAL, goneMs: 900 },
        { ...TRIAL, goneMs: null },
      ],
      misses: ["nobody took over"],
    }),
  ]);
  assert.match(text, /^lbpair, killed: nobody took over$/m);
  assert.match(text, /\| killed \| +100 ms \| +lbpair \| +2 \| +1 \| +3\.0 \| +3\.0 \| +3\.0 \| +stays \(1 of 2\) \|/);
});
