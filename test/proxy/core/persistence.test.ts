import assert from "node:assert/strict";
import { test } from "node:test";
import { bindingOf, persistenceLines } from "../../../proxy/core/persistence.ts";
import { appOf, backendOf, responseOf, setUp } from "../lib/core-values.ts";

const PLAIN = { cookieName: "SRVID", isHttpOnly: false, isSecure: false, sameSite: "none" } as const;
const OK = responseOf("HTTP/1.1 200 OK", "Content-Length: 0");

function lines(more: Partial<Parameters<typeof persistenceLines>[5]> = {}, method = "GET", isDirect = false): string {
  const app = appOf("/app1/", { persistence: PLAIN });
  return persistenceLines(app, backendOf(app, "a"), isDirect, false, method, { ...OK, ...more });
}

const COOKIE = "Set-Cookie: SRVID=a; path=/\r\n";
const PRIVATE = "Cache-Control: private\r\n";

test("no cookie: the request is not bound", () => {
  assert.deepEqual(bindingOf(appOf("/app1/"), undefined), { fate: "none", backend: undefined });
});

test("a cookie that names a usable backend binds the request to it", () => {
  const app = appOf("/app1/");
  assert.deepEqual(bindingOf(app, "b"), { fate: "valid", backend: backendOf(app, "b") });
});

test("what stands behind the bar of a cookie is no part of the identity", () => {
  const app = appOf("/app1/");
  assert.equal(bindingOf(app, "b|Zm9v|YmFy").backend?.name, "b");
});

for (const value of ["", "nobody", "B", "a b", "|a"]) {
  test(`a cookie with the value ${JSON.stringify(value)} is invalid`, () => {
    assert.deepEqual(bindingOf(appOf("/app1/"), value), { fate: "invalid", backend: undefined });
  });
}

test("a cookie of a backend that is down binds to nothing", () => {
  const app = appOf("/app1/");
  setUp(app, "b", false);
  assert.deepEqual(bindingOf(app, "b"), { fate: "down", backend: undefined });
});

test("several backends may share a value: the first usable one is taken", () => {
  const address = "10.0.0.1:80";
  const backends = { a: { address, cookieValue: "x" }, b: { address, cookieValue: "x", isBackup: true } };
  const app = appOf("/app1/", { backends });
  assert.equal(bindingOf(app, "x").backend?.name, "a");
  setUp(app, "a", false);
  assert.equal(bindingOf(app, "x").backend?.name, "b");
});

test("a backend with weight 0 still serves the sessions that are bound to it", () => {
  const app = appOf("/app1/", { backends: { a: { address: "10.0.0.1:80", weight: 0 } } });
  assert.equal(bindingOf(app, "a").backend?.name, "a");
});

test("a response to a request that was not bound sets the cookie and keeps shared caches off", () => {
  assert.equal(lines(), COOKIE + PRIVATE);
});

test("a response to a bound request is left alone", () => {
  assert.equal(lines({}, "GET", true), "");
});

test("the default cookie is the app's own, and safe", () => {
  const app = appOf("/app1/");
  const cookie = (isSecure: boolean) => persistenceLines(app, backendOf(app, "a"), false, isSecure, "POST", OK);
  assert.equal(cookie(true), "Set-Cookie: SRVID_app1=a; path=/; HttpOnly; Secure; SameSite=Lax\r\n");
  assert.equal(cookie(false), "Set-Cookie: SRVID_app1=a; path=/; HttpOnly; SameSite=Lax\r\n");
});

test("without persistence nothing is set and nothing binds", () => {
  const app = appOf("/app1/", { persistence: { kind: "none" } });
  assert.equal(persistenceLines(app, backendOf(app, "a"), false, true, "GET", OK), "");
  assert.deepEqual(bindingOf(app, "a"), { fate: "none", backend: undefined });
});

for (const [status, isPrivate] of [
  [200, true],
  [203, true],
  [206, true],
  [300, true],
  [301, true],
  [410, true],
  [201, false],
  [302, false],
  [304, false],
  [404, false],
  [500, false],
] as const) {
  test(`a cookie on ${status} comes ${isPrivate ? "with" : "without"} Cache-Control: private`, () => {
    assert.equal(lines({ status }), isPrivate ? COOKIE + PRIVATE : COOKIE);
  });
}

for (const [field, isPrivate] of [
  ["Cache-Control: public, max-age=60", true],
  ["Cache-Control: private", false],
  ["Cache-Control: public, no-cache", false],
  ["cache-control: No-Store", false],
  ["Cache-Control: max-age=0", false],
  ["Cache-Control: s-maxage=0", false],
  ["Pragma: no-cache", false],
  ["Pragma: x", true],
] as const) {
  test(`a cookie beside ${field} comes ${isPrivate ? "with" : "without"} Cache-Control: private`, () => {
    const { fields } = responseOf("HTTP/1.1 200 OK", field);
    assert.equal(lines({ fields }), isPrivate ? COOKIE + PRIVATE : COOKIE);
  });
}

test("a response to POST is never cacheable", () => {
  assert.equal(lines({}, "POST"), COOKIE);
});
