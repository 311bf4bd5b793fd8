import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppConfig, type AppInput, appSchema } from "../../../config/app.ts";
import { type Leaving, leavingAfter, NOBODY_LEAVES, nextLeaveMs } from "../../../proxy/core/leaving.ts";

const appWith = (backends: AppInput["backends"], persistence: AppInput["persistence"] = {}): AppConfig =>
  appSchema.parse({ app: "app1", path: "/app1/", persistence: { drainRemovedMs: 1_000, ...persistence }, backends });
const a = { address: "10.0.0.1:80" };
const b = { address: "10.0.0.2:80" };

/** Names that are leaving and since when. */
const since = (leaving: Leaving) =>
  Object.entries(leaving["app1"] ?? {}).map(([name, { sinceMs }]) => `${name} ${sinceMs}`);

test("a backend that the document has lost is leaving from then on, until its time is over", () => {
  const before = { apps: [appWith({ a, b })], leaving: NOBODY_LEAVES };
  const apps = [appWith({ b })];
  const leaving = leavingAfter(before, apps, 500);
  assert.deepEqual(since(leaving), ["a 500"]);
  assert.equal(leaving["app1"]?.["a"]?.config.address, "10.0.0.1:80");
  assert.equal(nextLeaveMs(leaving, apps), 1_500);
  assert.deepEqual(since(leavingAfter({ apps, leaving }, apps, 1_499)), ["a 500"]);
  assert.deepEqual(since(leavingAfter({ apps, leaving }, apps, 1_500)), []);
  assert.equal(nextLeaveMs(NOBODY_LEAVES, apps), Number.POSITIVE_INFINITY);
});

test("who comes back, or whose name another has now, is not leaving", () => {
  const [both, one, other] = [[appWith({ a, b })], [appWith({ b })], [appWith({ a: b })]];
  const leaving = leavingAfter({ apps: both, leaving: NOBODY_LEAVES }, one, 0);
  assert.deepEqual(leavingAfter({ apps: one, leaving }, both, 10), NOBODY_LEAVES);
  assert.deepEqual(since(leavingAfter({ apps: both, leaving: NOBODY_LEAVES }, other, 10)), ["b 10"]);
});

test("nobody waits for sessions that can't be bound, or belong to no app", () => {
  const before = { apps: [appWith({ a, b })], leaving: NOBODY_LEAVES };
  assert.deepEqual(leavingAfter(before, [appWith({ b }, { kind: "none" })], 0), NOBODY_LEAVES);
  assert.deepEqual(leavingAfter(before, [appWith({ b }, { drainRemovedMs: 0 })], 0), NOBODY_LEAVES);
  assert.deepEqual(leavingAfter(before, [], 0), NOBODY_LEAVES);
  const sorry = { apps: [appWith({ a: { ...a, isCookieless: true }, b })], leaving: NOBODY_LEAVES };
  assert.deepEqual(leavingAfter(sorry, [appWith({ b })], 0), NOBODY_LEAVES);
});
