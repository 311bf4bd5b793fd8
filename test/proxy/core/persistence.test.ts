import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppInput } from "../../../config/app.ts";
import type { App } from "../../../proxy/core/app.ts";
import { bindingOf, NO_COOKIE, persistenceLines } from "../../../proxy/core/persistence.ts";
import { decodeCookieDate, encodeCookieDate } from "../../../proxy/wire/cookie-date.ts";
import type { ResponseHead } from "../../../proxy/wire/message.ts";
import { appOf, backendOf, responseOf, setUp } from "../lib/core-values.ts";

const PLAIN = { cookieName: "SRVID", isHttpOnly: false, isSecure: false, sameSite: "none" } as const;
const OK = responseOf("HTTP/1.1 200 OK", "Content-Length: 0");

/** Some moment. */
const NOW_S = 112_000_000;

function lines(more: Partial<ResponseHead> = {}, method = "GET", isDirect = false): string {
  const app = appOf("/app1/", { persistence: PLAIN });
  const binding = bindingOf(app, isDirect ? "a" : undefined, NOW_S);
  return persistenceLines(app, backendOf(app, "a"), binding, false, method, { ...OK, ...more }, NOW_S);
}

/** The parts of a binding that matter here. */
function bound(app: App, value: string | undefined, nowS = NOW_S) {
  const { fate, backend } = bindingOf(app, value, nowS);
  return { fate, backend };
}

const COOKIE = "Set-Cookie: SRVID=a; path=/\r\n";
const PRIVATE = "Cache-Control: private\r\n";

test("no cookie: the request is not bound", () => {
  assert.deepEqual(bound(appOf("/app1/"), undefined), { fate: "none", backend: undefined });
});

test("a cookie that names a usable backend binds the request to it", () => {
  const app = appOf("/app1/");
  assert.deepEqual(bound(app, "b"), { fate: "valid", backend: backendOf(app, "b") });
});

test("what stands behind the bar of a cookie is no part of the identity", () => {
  const app = appOf("/app1/");
  assert.equal(bound(app, "b|Zm9v|YmFy").backend?.name, "b");
});

for (const value of ["", "nobody", "B", "a b", "|a"]) {
  test(`a cookie with the value ${JSON.stringify(value)} is invalid`, () => {
    assert.deepEqual(bound(appOf("/app1/"), value), { fate: "invalid", backend: undefined });
  });
}

test("a cookie of a backend that is down binds to nothing", () => {
  const app = appOf("/app1/");
  setUp(app, "b", false);
  assert.deepEqual(bound(app, "b"), { fate: "down", backend: undefined });
});

test("several backends may share a value: the first usable one is taken", () => {
  const address = "10.0.0.1:80";
  const backends = { a: { address, cookieValue: "x" }, b: { address, cookieValue: "x", isBackup: true } };
  const app = appOf("/app1/", { backends });
  assert.equal(bound(app, "x").backend?.name, "a");
  setUp(app, "a", false);
  assert.equal(bound(app, "x").backend?.name, "b");
});

test("a backend with weight 0 still serves the sessions that are bound to it", () => {
  const app = appOf("/app1/", { backends: { a: { address: "10.0.0.1:80", weight: 0 } } });
  assert.equal(bound(app, "a").backend?.name, "a");
});

test("a response to a request that was not bound sets the cookie and keeps shared caches off", () => {
  assert.equal(lines(), COOKIE + PRIVATE);
});

test("a response to a bound request is left alone", () => {
  assert.equal(lines({}, "GET", true), "");
});

test("the default cookie is the app's own, and safe", () => {
  const app = appOf("/app1/");
  const cookie = (isSecure: boolean) =>
    persistenceLines(app, backendOf(app, "a"), NO_COOKIE, isSecure, "POST", OK, NOW_S);
  assert.equal(cookie(true), "Set-Cookie: SRVID_app1=a; path=/; HttpOnly; Secure; SameSite=Lax\r\n");
  assert.equal(cookie(false), "Set-Cookie: SRVID_app1=a; path=/; HttpOnly; SameSite=Lax\r\n");
});

test("without persistence nothing is set and nothing binds", () => {
  const app = appOf("/app1/", { persistence: { kind: "none" } });
  assert.equal(persistenceLines(app, backendOf(app, "a"), NO_COOKIE, true, "GET", OK, NOW_S), "");
  assert.deepEqual(bound(app, "a"), { fate: "none", backend: undefined });
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
  [404, true],
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
  ['Cache-Control: private="x"', true],
  ["Pragma: no-cache", false],
  ["Pragma: x", true],
] as const) {
  test(`a cookie beside ${field} comes ${isPrivate ? "with" : "without"} Cache-Control: private`, () => {
    const { fields } = responseOf("HTTP/1.1 200 OK", field);
    assert.equal(lines({ fields }), isPrivate ? COOKIE + PRIVATE : COOKIE);
  });
}

test("RFC9110-9.3.3: a response to POST is cacheable only if it says so", () => {
  assert.equal(lines({}, "POST"), COOKIE);
  assert.equal(
    lines({ fields: responseOf("HTTP/1.1 200 OK", "Cache-Control: max-age=60").fields }, "POST"),
    COOKIE + PRIVATE,
  );
});

test("RFC9111-3: a response that says how long it may be kept is cacheable, whatever its status", () => {
  const { fields } = responseOf("HTTP/1.1 302 Found", "Cache-Control: public");
  assert.equal(lines({ status: 302, fields }), COOKIE + PRIVATE);
});

// 112 000 000 s are 28 000 000 units, in base 64: 1, 42, 51, 60, 0.
const NOW_DATE = "Bqz8A";

test("dates are five base64 characters, 30 bits, in units of four seconds", () => {
  assert.equal(encodeCookieDate(NOW_S), NOW_DATE);
  assert.equal(encodeCookieDate(NOW_S - 1), NOW_DATE);
  assert.equal(encodeCookieDate(NOW_S + 1), "Bqz8B");
  assert.equal(decodeCookieDate(NOW_DATE), NOW_S);
  for (const wrong of ["", "Bqz8", "Bqz8AA", "Bqz A"]) assert.equal(decodeCookieDate(wrong), undefined);
});

const aged = (more: AppInput["persistence"]) => appOf("/app1/", { persistence: { ...PLAIN, ...more } });
const ago = (seconds: number) => encodeCookieDate(NOW_S - seconds);

test("a cookie that was silent for too long binds no more, one that is too old neither", () => {
  const app = aged({ maxIdleMs: 60_000, maxLifeMs: 600_000 });
  assert.equal(bound(app, `a|${ago(60)}|${ago(600)}`).fate, "valid");
  assert.equal(bound(app, `a|${ago(64)}|${ago(64)}`).fate, "expired");
  assert.equal(bound(app, `a|${ago(0)}|${ago(604)}`).fate, "old");
  assert.equal(bound(app, `a|${encodeCookieDate(NOW_S + 90_000)}`).fate, "valid"); // a date in the future is no date
});

function setCookie(app: App, value: string | undefined, nowS = NOW_S): string {
  const binding = bindingOf(app, value, nowS);
  const lines = persistenceLines(app, backendOf(app, "a"), binding, false, "POST", OK, nowS);
  return lines.replace(/^Set-Cookie: |; path=.*/gs, "");
}

test("with maxidle, the date of the last sight is written, and again when it has moved on", () => {
  const app = aged({ maxIdleMs: 60_000 });
  assert.equal(setCookie(app, undefined), `SRVID=a|${NOW_DATE}`);
  assert.equal(setCookie(app, `a|${NOW_DATE}`), "");
  assert.equal(setCookie(app, `a|${ago(8)}`), `SRVID=a|${NOW_DATE}`);
  assert.equal(setCookie(app, "a"), `SRVID=a|${NOW_DATE}`);
});

test("with maxlife, the date of the first sight stays what it was", () => {
  const app = aged({ maxIdleMs: 60_000, maxLifeMs: 600_000 });
  assert.equal(setCookie(app, undefined), `SRVID=a|${NOW_DATE}|${NOW_DATE}`);
  assert.equal(setCookie(app, `a|${ago(8)}|${ago(400)}`), `SRVID=a|${NOW_DATE}|${ago(400)}`);
  assert.equal(setCookie(app, `a|${NOW_DATE}`), `SRVID=a|${NOW_DATE}|${NOW_DATE}`);
});

test("a first date that is no longer wanted is taken out", () => {
  assert.equal(setCookie(aged({}), `a|${ago(8)}|${ago(400)}`), "SRVID=a");
});

test("a backend without a cookie takes the client's back, and is bound to nobody", () => {
  const address = "10.0.0.1:80";
  const app = appOf("/app1/", { persistence: PLAIN, backends: { a: { address, isCookieless: true }, b: { address } } });
  const gone = "Set-Cookie: SRVID=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/\r\n";
  assert.equal(persistenceLines(app, backendOf(app, "a"), NO_COOKIE, false, "POST", OK, NOW_S), gone);
  assert.equal(bound(app, "a").fate, "invalid");
});

test("opaque values are the same everywhere, differ, and show no name", () => {
  const values = ["a", "b", "c"].map((name) => backendOf(aged({ isOpaque: true }), name).cookieValue);
  assert.equal(new Set(values).size, 3);
  for (const value of values) assert.match(value, /^[0-9a-f]{16}$/);
  const app = aged({ isOpaque: true });
  assert.deepEqual(
    values.map((value) => bound(app, value).backend?.name),
    ["a", "b", "c"],
  );
  assert.equal(bound(app, "a").fate, "invalid");
});
