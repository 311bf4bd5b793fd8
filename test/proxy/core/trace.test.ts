import assert from "node:assert/strict";
import { test } from "node:test";
import { traceOf } from "../../../proxy/core/trace.ts";
import { requestOf } from "../lib/core-values.ts";

const BOTH = { requestId: true, traceparent: true };
const GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const newHex = (digits: number) => "a".repeat(digits);
const trace = (config: typeof BOTH, ...lines: string[]) =>
  traceOf(config, requestOf("GET / HTTP/1.1", "Host: a", ...lines).head.fields, newHex);

test("identities are made where the client gives none", () => {
  assert.deepEqual(trace(BOTH), {
    requestId: newHex(32),
    lines: `X-Request-ID: ${newHex(32)}\r\ntraceparent: 00-${newHex(32)}-${newHex(16)}-00\r\n`,
    isForeign: false,
  });
});

test("what the client gives is passed on, and logged", () => {
  const given = trace(BOTH, "x-request-id: mine", `Traceparent: ${GIVEN}`);
  assert.deepEqual(given, { requestId: "mine", lines: "", isForeign: false });
});

for (const wrong of [
  "",
  GIVEN.replace("00-", "ff-"),
  GIVEN.toUpperCase(),
  "00-00000000000000000000000000000000-b7ad6b7169203331-01",
  "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
]) {
  test(`a traceparent of ${JSON.stringify(wrong)} is replaced`, () => {
    const { lines, isForeign } = trace({ requestId: false, traceparent: true }, `traceparent: ${wrong}`);
    assert.deepEqual([lines, isForeign], [`traceparent: 00-${newHex(32)}-${newHex(16)}-00\r\n`, true]);
  });
}

test("by default nothing is added", () => {
  assert.deepEqual(trace({ requestId: false, traceparent: false }), {
    requestId: undefined,
    lines: "",
    isForeign: false,
  });
});
