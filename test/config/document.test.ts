import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { appDocument } from "../../config/app.ts";
import { hashDocument, parseDocument, renderDocument } from "../../config/document.ts";
import { formatProblem } from "../../config/problems.ts";

const APP1 = [
  '{"app":"app1","path":"/app1/"}',
  '{"check":{"intervalMs":10000,"path":"/"}}',
  '{"backend":"web1","address":"203.0.113.21:80"}',
  '{"backend":"web2","address":"203.0.113.22:80","weight":2}',
  "",
].join("\n");

test("an app is written as one line for its head, each section and each backend, in a fixed order", () => {
  const text = renderDocument(appDocument, {
    path: "/app1/",
    app: "app1",
    backends: { web2: { weight: 2, address: "203.0.113.22:80" }, web1: { address: "203.0.113.21:80" } },
    check: { path: "/", intervalMs: 10000 },
  });
  assert.equal(text, APP1);
});

test("defaults are filled in when a text is read and never written", () => {
  const parsed = parseDocument(appDocument, APP1);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.check.userAgent, "HAProxy");
  assert.equal(parsed.value.backends["web1"]?.weight, 1);
  assert.deepEqual(Object.keys(parsed.value.backends), ["web1", "web2"]);
});

test("one backend added changes one line", () => {
  const line = '{"backend":"web3","address":"203.0.113.23:80"}\n';
  const parsed = parseDocument(appDocument, APP1 + line);
  assert.ok(parsed.ok);
  const backends = { web1: { address: "203.0.113.21:80" }, web2: { address: "203.0.113.22:80", weight: 2 } };
  const head = { app: "app1", path: "/app1/", check: { path: "/", intervalMs: 10000 } };
  const text = renderDocument(appDocument, {
    ...head,
    backends: { ...backends, web3: { address: "203.0.113.23:80" } },
  });
  assert.equal(text, APP1 + line);
});

test("every problem of a text is reported with field, value and expectation", () => {
  const text = [
    '{"app":"app1","path":"app1"}',
    '{"check":{"intervalMs":0,"tpye":"http"}}',
    '{"backend":"web1","address":"203.0.113.21"}',
    '{"backend":"bad name","address":"203.0.113.22:80"}',
  ].join("\n");
  const parsed = parseDocument(appDocument, text);
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problems.map((problem) => formatProblem("app1.jsonl", problem)),
    [
      'app1.jsonl: path: got "app1", want a path prefix with slashes at both ends, like /app1/, of unreserved characters',
      "app1.jsonl: check.intervalMs: got 0, want an integer 1..86400000",
      'app1.jsonl: check.tpye: got "http", want no such field',
      'app1.jsonl: backends.web1.address: got "203.0.113.21", want host:port, like 192.0.2.21:80 or [2001:db8::21]:80',
      'app1.jsonl: backends.bad name: got "bad name", want 1..63 of a-z A-Z 0-9 _ - starting with a letter or digit',
    ],
  );
});

test("a text that is not JSON Lines is refused with the line's number", () => {
  const problems = (text: string) => {
    const parsed = parseDocument(appDocument, text);
    return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem("app", problem));
  };
  assert.deepEqual(problems("nonsense"), ['app: line 1: got "nonsense", want a JSON object']);
  assert.deepEqual(problems('{"app":"a"}\n{"app":"b"}'), ['app: line 2.app: got "b", want each field once']);
  assert.deepEqual(problems(`${APP1}{"backend":"web1","address":"203.0.113.29:80"}`), [
    'app: line 5.backend: got "web1", want each name once',
  ]);
});

test("any text gives a value or problems, never a throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.array(fc.json()).map((lines) => lines.join("\n")),
      ),
      (text) => {
        const parsed = parseDocument(appDocument, text);
        return parsed.ok || parsed.problems.length > 0;
      },
    ),
  );
});

test("what is rendered parses to the same text again", () => {
  const backend = fc.record(
    { address: fc.constant("192.0.2.1:80"), weight: fc.integer({ min: 0, max: 256 }) },
    { requiredKeys: ["address"] },
  );
  const names = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}$/);
  fc.assert(
    fc.property(fc.dictionary(names, backend, { minKeys: 1, maxKeys: 5 }), (backends) => {
      const text = renderDocument(appDocument, { app: "a", path: "/a/", backends });
      const parsed = parseDocument(appDocument, text);
      assert.ok(parsed.ok);
      assert.deepEqual(
        Object.fromEntries(Object.entries(parsed.value.backends).map(([key, { weight }]) => [key, weight])),
        Object.fromEntries(Object.entries(backends).map(([key, { weight }]) => [key, weight ?? 1])),
      );
    }),
  );
});

test("the hash of a text is its sha256", () => {
  // printf 'abc' | sha256sum
  assert.equal(hashDocument("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
