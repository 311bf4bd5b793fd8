import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObserveConfig } from "../../../config/app.ts";
import { newBackendState } from "../../../proxy/core/backend.ts";
import type { Failure } from "../../../proxy/core/failure.ts";
import { observeFailure, observeStatus } from "../../../proxy/core/observe.ts";

const rules = (layer: ObserveConfig["layer"], errorLimit = 1): ObserveConfig => ({
  layer,
  errorLimit,
  onError: "failCheck",
});

const failures: readonly (readonly [Failure, boolean, boolean])[] = [
  ["connectRefused", true, true],
  ["connectTimeout", true, true],
  ["closedEarly", false, true],
  ["responseTimeout", false, true],
  ["badResponse", false, true],
  ["cutShort", false, true],
  ["badBody", false, true],
  ["noBackend", false, false],
];
for (const [failure, onLayer4, onLayer7] of failures) {
  test(`${failure} counts as layer 4 ${onLayer4}, as layer 7 ${onLayer7}, and never where nothing is observed`, () => {
    const told = (layer: ObserveConfig["layer"]) => observeFailure(newBackendState(), rules(layer), failure, false);
    assert.deepEqual([told("none"), told("layer4"), told("layer7")], [false, onLayer4, onLayer7]);
  });
}

test("the end of a connection that had been idle says nothing", () => {
  assert.equal(observeFailure(newBackendState(), rules("layer7"), "closedEarly", true), false);
});

test("on layer 7, 100 to 499, 501 and 505 are well, as HAProxy has it", () => {
  const bad = [200, 301, 404, 499, 500, 501, 502, 503, 504, 505].filter((status) =>
    observeStatus(newBackendState(), rules("layer7"), status),
  );
  assert.deepEqual(bad, [500, 502, 503, 504]);
  assert.equal(observeStatus(newBackendState(), rules("layer4"), 500), false);
});

test("only errors in a row count, and they begin anew after they were told", () => {
  const state = newBackendState();
  const strict = rules("layer7", 3);
  const say = (statuses: readonly number[]) => statuses.map((status) => observeStatus(state, strict, status));
  assert.deepEqual(say([500, 500, 200, 500, 500, 500, 500]), [false, false, false, false, false, true, false]);
});
