import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Client } from "../../../proxy/core/client.ts";
import { buildAppRequest, buildUpstreamRequest } from "../../../proxy/core/request.ts";
import { buildDownstreamResponse } from "../../../proxy/core/response.ts";
import { NO_TRACE } from "../../../proxy/core/trace.ts";
import { type DecodedRequest, RequestDecoder } from "../../../proxy/wire/h1-request.ts";
import { requestText } from "../lib/arbitraries.ts";
import { appOf, backendOf, requestOf, responseOf } from "../lib/core-values.ts";
import { rawHead } from "../lib/raw-head.ts";
import { writtenRequest } from "../lib/written-head.ts";

const app = appOf("/app1/", { persistence: { cookieName: "SRVID" } });
const backend = backendOf(app, "a");
const client: Client = {
  address: "1.1.1.1",
  scheme: "https",
  authority: "example.com",
  forwardedLines: "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: example.com\r\n",
};
const DATE = "Sun, 22 Nov 2026 00:00:00 GMT";

function forwarded(...lines: readonly string[]): string[] {
  const { head } = requestOf(...lines);
  const request = buildAppRequest(head, app, true, client, undefined, NO_TRACE);
  return writtenRequest(buildUpstreamRequest(request, backend), 0).split("\r\n").slice(0, -2);
}

function persistenceOf({ head }: DecodedRequest): string | undefined {
  return buildAppRequest(head, app, true, client, undefined, NO_TRACE).persistence;
}

const ADDED = [
  "X-Forwarded-For: 1.1.1.1",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: example.com",
  "X-Forwarded-Prefix: /app1",
];
const START = ["GET /app1/x HTTP/1.1", "Host: example.com"];

const article: readonly (readonly [string, readonly string[]])[] = [
  ["a=b; c=d; e=f", ["Cookie: a=b; c=d; e=f"]],
  ["SRVID=app1_2; a=b; c=d", ["Cookie: a=b; c=d"]],
  ["a=b; SRVID=app1_2; c=d", ["Cookie: a=b; c=d"]],
  ["a=b; c=d; SRVID=app1_2", ["Cookie: a=b; c=d"]],
  ["SRVID=app1_2", []],
];

for (const [cookie, kept] of article) {
  test(`the backend sees of Cookie ${JSON.stringify(cookie)}: ${JSON.stringify(kept)}`, () => {
    assert.deepEqual(forwarded(...START, `Cookie: ${cookie}`), [
      "GET /x HTTP/1.1",
      "Host: example.com",
      ...kept,
      ...ADDED,
    ]);
  });
}

test("the cookie is found in the second Cookie line as well, and both are cleaned", () => {
  const lines = ["Cookie: a=b", "Cookie: SRVID=x; c=d", "Cookie: SRVID=y"];
  assert.equal(persistenceOf(requestOf(...START, ...lines)), "x");
  assert.deepEqual(forwarded(...START, ...lines).slice(2, -4), ["Cookie: a=b", "Cookie: c=d"]);
});

test("the app without stripping gets its whole path and no prefix", () => {
  const whole = appOf("/app1/", { rewrite: { stripPrefix: false } });
  const { head } = requestOf(...START);
  const request = buildAppRequest(head, whole, true, client, undefined, NO_TRACE);
  const text = writtenRequest(buildUpstreamRequest(request, backendOf(whole, "a")), 0);
  assert.match(text, /^GET \/app1\/x HTTP\/1\.1\r\n/);
  assert.doesNotMatch(text, /Prefix/);
});

test("whatever a client sends, the backend reads the same single request, without what is ours", () => {
  fc.assert(
    fc.property(requestText, (text) => {
      const decoded = new RequestDecoder().decode(rawHead(text.replace(" /", " /app1/")), 1_000);
      if (!decoded.ok || !decoded.head.path.startsWith("/app1/")) return;
      const { head, framing } = decoded;
      const request = buildAppRequest(head, app, true, client, undefined, NO_TRACE);
      const upstream = buildUpstreamRequest(request, backend);
      const written = writtenRequest(upstream, framing.kind === "chunked" ? -1 : 0);
      assert.equal(written.indexOf("\r\n\r\n"), written.length - 4);
      const again = new RequestDecoder().decode(rawHead(written), 1_000);
      assert.ok(again.ok, JSON.stringify(again));
      assert.deepEqual(
        [again.head.method, again.head.path, again.head.query],
        [head.method, head.path.slice("/app1".length), head.query],
      );
      assert.deepEqual(again.framing, framing);
      const names = Array.from({ length: again.head.fields.count }, (_, index) =>
        again.head.fields.name(index).toLowerCase(),
      );
      assert.deepEqual(
        names.filter((name) => /^(connection|keep-alive|te|upgrade|forwarded|proxy|expect|trailer)$|_/.test(name)),
        [],
      );
      assert.deepEqual(again.head.fields.all(14), ["1.1.1.1"]);
      assert.equal(persistenceOf(again), undefined);
    }),
    { numRuns: 500 },
  );
});

const place = { prefix: "/app1/", scheme: "https", authority: "example.com", backendAddress: "10.0.0.1:80" } as const;

function answered(...lines: readonly string[]): string[] {
  const head = buildDownstreamResponse(responseOf(...lines), app, place, "", DATE);
  return head.fields.text.split("\r\n").slice(0, -1);
}

test("a response keeps its fields, and gets the Date that it lacks", () => {
  assert.deepEqual(answered("HTTP/1.1 200 OK", "b: 2", "A:  1", "Content-Length: 5"), [
    "b: 2",
    "A:  1",
    "Content-Length: 5",
    `Date: ${DATE}`,
  ]);
  assert.deepEqual(answered("HTTP/1.1 200 OK", "Date: x"), ["Date: x"]);
});

test("RFC9110-7.6.1: hop-by-hop fields of a response end here", () => {
  assert.deepEqual(
    answered(
      "HTTP/1.1 200 OK",
      "Connection: close, X-Hop",
      "X-Hop: 1",
      "Keep-Alive: timeout=5",
      "Date: x",
      "Transfer-Encoding: chunked",
    ),
    ["Date: x"],
  );
});

test("links and cookies lead back to the app", () => {
  assert.deepEqual(
    answered(
      "HTTP/1.1 302 Found",
      "location: http://example.com/x",
      "Content-Location: /y",
      "Set-Cookie: a=b; Path=/",
      "Set-Cookie: c=d",
      "Date: x",
    ),
    [
      "location: https://example.com/app1/x",
      "Content-Location: /app1/y",
      "Set-Cookie: a=b; Path=/app1/",
      "Set-Cookie: c=d",
      "Date: x",
    ],
  );
});

test("a backend can't set the persistence cookie", () => {
  assert.deepEqual(answered("HTTP/1.1 200 OK", "Set-Cookie: SRVID=evil; Path=/", "Set-Cookie: SRVIDX=1", "Date: x"), [
    "Set-Cookie: SRVIDX=1",
    "Date: x",
  ]);
});

test("RFC9110-8.6: a 204 has no Content-Length", () => {
  assert.deepEqual(answered("HTTP/1.1 204 No Content", "Content-Length: 0", "Date: x"), ["Date: x"]);
});
