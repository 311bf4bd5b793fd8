import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { cpuSeconds, familyOf, memoryBytes } from "../../bench/process-cost.ts";
import { pairedRatio, spreadOf } from "../../bench/statistics.ts";
import { renderTable } from "../../bench/table.ts";

test("the middle of an even sample lies between its two middle values", () => {
  assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
  assert.deepEqual(spreadOf([9, 1, 5]), { median: 5, min: 1, max: 9 });
});

test("ratios are taken round by round, so that a slow round of both is no difference", () => {
  assert.deepEqual(pairedRatio([10, 40, 20], [10, 40, 10]), { median: 1, min: 1, max: 2 });
});

test("a table's columns are as wide as their widest cell", () => {
  assert.equal(
    renderTable(["peer", "µs"], [["haproxy", "21.9"]]),
    "| peer    |   µs |\n|---------|-----:|\n| haproxy | 21.9 |",
  );
});

test("the cost of a program includes that of what it started", async () => {
  const busy = "while (process.cpuUsage().user + process.cpuUsage().system < 150_000);";
  const spin = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(`${busy}console.log("spun"); setInterval(() => 0, 1000)`)}], { stdio: "inherit" })`;
  const child = spawn(process.execPath, ["-e", `${spin}; setInterval(() => 0, 1000)`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const family = familyOf(child.pid ?? 0);
  try {
    assert.equal(family.length, 2);
    assert.ok(cpuSeconds(family) >= 0.14); // two roundings to a hundredth
    assert.ok(memoryBytes(family) > 1_000_000);
  } finally {
    for (const pid of family) process.kill(pid, "SIGKILL");
  }
  await once(child, "close");
});
