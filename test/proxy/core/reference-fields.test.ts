import assert from "node:assert/strict";
import { test } from "node:test";
import { buildDownstreamResponse } from "../../../proxy/core/response.ts";
import { appOf, responseOf } from "../lib/core-values.ts";

const place = {
  prefix: "/app1/",
  scheme: "https",
  authority: "www.example.com",
  backendAddress: "10.0.0.1:80",
} as const;

function passed(line: string, rewrite: object = {}): string {
  const head = responseOf("HTTP/1.1 200 OK", "Date: x", line);
  const { fields } = buildDownstreamResponse(head, appOf("/app1/", { rewrite }), place, "", "");
  return fields.text.replace("Date: x\r\n", "").trimEnd();
}

const rows: readonly (readonly [string, string])[] = [
  ["Refresh: 5", "Refresh: 5"],
  ["Refresh: 5; url=/x", "Refresh: 5; url=/app1/x"],
  ["Refresh: 0;URL='/x'", "Refresh: 0;URL='/app1/x'"],
  ["Refresh: 0, /x", "Refresh: 0, /app1/x"],
  ["Refresh: 0 url=/x", "Refresh: 0 url=/app1/x"],
  ["Refresh: 0; url=http://other.example/x", "Refresh: 0; url=http://other.example/x"],
  ["Refresh: 0; url=/app1/x", "Refresh: 0; url=/app1/x"],
  ["Link: </a.css>; rel=preload", "Link: </app1/a.css>; rel=preload"],
  ["Link: </a>; rel=x, <b>; rel=y", "Link: </app1/a>; rel=x, <b>; rel=y"],
  ['Link: <//o/a>; title="</x>"', 'Link: <//o/a>; title="</x>"'],
  ["Link: <http://10.0.0.1/a>; rel=x", "Link: <https://www.example.com/app1/a>; rel=x"],
];
for (const [line, expected] of rows) test(`${line} becomes ${expected}`, () => assert.equal(passed(line), expected));

test("where responses are not rewritten, Refresh and Link are not", () => {
  assert.equal(passed("Refresh: 5; url=/x", { responses: false }), "Refresh: 5; url=/x");
  assert.equal(passed("Link: </a>", { responses: false }), "Link: </a>");
});

for (const [domain, isKept] of [
  ["www.example.com", true],
  [".example.com", true],
  ["EXAMPLE.com", true],
  ["app.internal", false],
  ["w.example.com", false],
  ["ample.com", false],
] as const) {
  test(`on request, a cookie's Domain ${domain} ${isKept ? "stays" : "goes"}`, () => {
    const line = `Set-Cookie: a=b; Domain=${domain}; HttpOnly`;
    assert.equal(passed(line), line);
    assert.equal(passed(line, { cookieDomain: true }), isKept ? line : "Set-Cookie: a=b; HttpOnly");
  });
}

test("on request, pages get a policy that upgrades what is insecure, and nothing else does", () => {
  const policy = "Content-Security-Policy: upgrade-insecure-requests";
  const on = { upgradeInsecure: true };
  assert.equal(passed("Content-Type: text/html; charset=utf-8", on).split("\r\n").at(-1), policy);
  assert.equal(passed("Content-Type: text/htmlx", on), "Content-Type: text/htmlx");
  assert.equal(passed("Content-Type: text/html"), "Content-Type: text/html");
});
