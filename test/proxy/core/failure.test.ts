import assert from "node:assert/strict";
import { test } from "node:test";
import { type AttemptFacts, afterFailure, type Failure, mayReuseConnection } from "../../../proxy/core/failure.ts";
import { compileRetries } from "../../../proxy/core/retry.ts";
import { terminationCode } from "../../../proxy/core/termination.ts";
import { UNKNOWN_LENGTH } from "../../../proxy/wire/message.ts";

const rules = compileRetries({ attemptsMax: 3, on: [], statuses: [503], budgetPercent: 100 });
const facts: AttemptFacts = {
  method: "GET",
  isReused: true,
  isReplayable: true,
  attempts: 1,
  rules,
  takeRetry: () => true,
  hasRetriedReuse: false,
};

const lenient: Partial<AttemptFacts> = {
  rules: compileRetries({
    attemptsMax: 3,
    on: ["emptyResponse", "junkResponse", "responseTimeout"],
    statuses: [],
    budgetPercent: 100,
  }),
};

const rows: readonly (readonly [string, Failure, Partial<AttemptFacts>, string])[] = [
  ["no backend is left", "noBackend", {}, "503"],
  ["a connection was refused", "connectRefused", {}, "elsewhere"],
  ["a connection was refused to a POST, of which nothing was sent", "connectRefused", { method: "POST" }, "elsewhere"],
  ["the last allowed connection was refused", "connectRefused", { attempts: 4 }, "503"],
  ["a connection took too long", "connectTimeout", {}, "elsewhere"],
  ["no retries are allowed", "connectTimeout", { rules: { ...rules, attemptsMax: 0 } }, "503"],
  ["the app's budget is spent", "connectRefused", { takeRetry: () => false }, "503"],
  ["a reused connection ended early", "closedEarly", {}, "fresh"],
  ["a fresh connection ended early", "closedEarly", { isReused: false }, "502"],
  ["a reused connection ended early twice", "closedEarly", { hasRetriedReuse: true }, "502"],
  ["a reused connection ended early under a POST", "closedEarly", { method: "POST" }, "502"],
  [
    "a reused connection ended early, and the body is gone",
    "closedEarly",
    { isReplayable: false, method: "PUT" },
    "502",
  ],
  [
    "a fresh connection ended early, and that may be retried",
    "closedEarly",
    { ...lenient, isReused: false },
    "elsewhere",
  ],
  ["the same with the last attempt", "closedEarly", { ...lenient, isReused: false, attempts: 4 }, "502"],
  ["the backend said nothing", "responseTimeout", {}, "504"],
  ["the backend said nothing, and that may be retried", "responseTimeout", lenient, "elsewhere"],
  ["the same under a POST", "responseTimeout", { ...lenient, method: "POST" }, "504"],
  ["the same when the body is gone", "responseTimeout", { ...lenient, isReplayable: false }, "504"],
  ["the backend said nonsense, and that may be retried", "badResponse", lenient, "elsewhere"],
  ["the backend said nonsense", "badResponse", {}, "502"],
  ["the response broke off", "cutShort", {}, "cut"],
  ["the response's chunks made no sense", "badBody", {}, "cut"],
];

for (const [name, failure, more, expected] of rows) {
  test(`${name}: ${expected}`, () => {
    const next = afterFailure(failure, { ...facts, ...more });
    const text = { retryElsewhere: "elsewhere", retryFresh: "fresh", cut: "cut" };
    assert.equal(next.kind === "respond" ? String(next.status) : text[next.kind], expected);
  });
}

test("RFC9110-9.2.2: only what may be sent twice is put on an idle connection", () => {
  const methods = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH", "LOCK"];
  assert.deepEqual(
    methods.filter((method) => mayReuseConnection(method, 0)),
    ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"],
  );
  assert.deepEqual(
    methods.filter((method) => mayReuseConnection(method, 5) || mayReuseConnection(method, UNKNOWN_LENGTH)),
    [],
  );
});

test("endings have HAProxy's letters", () => {
  const failed = (failure: Failure) => terminationCode({ kind: "failed", failure }, "headers");
  assert.deepEqual(
    [
      "noBackend",
      "connectRefused",
      "connectTimeout",
      "closedEarly",
      "responseTimeout",
      "badResponse",
      "cutShort",
      "badBody",
    ].map((failure) => failed(failure as Failure)),
    ["SC", "SC", "sC", "SH", "sH", "PH", "SD", "PD"],
  );
  assert.equal(terminationCode({ kind: "complete" }, "data"), "--");
  assert.equal(terminationCode({ kind: "local" }, "request"), "LR");
  assert.equal(terminationCode({ kind: "refused" }, "request"), "PR");
  assert.equal(terminationCode({ kind: "clientClosed" }, "data"), "CD");
  assert.equal(terminationCode({ kind: "clientTimedOut" }, "headers"), "cH");
});
