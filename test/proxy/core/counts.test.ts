import assert from "node:assert/strict";
import { test } from "node:test";
import { CountReporter, MergedCounts } from "../../../proxy/core/counts.ts";
import { countHandshakeFault } from "../../../proxy/core/handshake.ts";
import { newTraffic } from "../../../proxy/core/traffic.ts";

test("a listener whom nobody has come through to is reported when it has turned somebody away, and only then", () => {
  const reporter = new CountReporter();
  const traffic = newTraffic();
  const report = () => Object.keys(reporter.report([["listener https", traffic]], 1_000));
  assert.deepEqual(report(), []);
  countHandshakeFault(traffic.handshakes, "noCertificate");
  assert.deepEqual(report(), ["listener https"]);
  assert.deepEqual(report(), []);
  traffic.denied++;
  assert.deepEqual(report(), ["listener https"]);
});

test("failed handshakes of all workers are one sum by reason, also of a worker that has ended", () => {
  const merged = new MergedCounts();
  const sum = newTraffic();
  for (const [worker, faults] of [["left"], ["badCertificate", "left"]].entries()) {
    const traffic = newTraffic();
    for (const fault of faults as ("left" | "badCertificate")[]) countHandshakeFault(traffic.handshakes, fault);
    merged.add(worker, new CountReporter().report([["listener https", traffic]], 0), () => sum, 0);
  }
  merged.bury(1, () => sum, 0);
  assert.deepEqual(sum.handshakes, [0, 1, 0, 0, 0, 2]);
});
