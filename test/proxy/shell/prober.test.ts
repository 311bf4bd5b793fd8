import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppInput } from "../../../config/app.ts";
import { type CheckOutcome, runCheck } from "../../../proxy/shell/check.ts";
import { type HealthEvent, Prober } from "../../../proxy/shell/prober.ts";
import { appOf } from "../lib/core-values.ts";
import { OK, RawOrigin } from "../lib/raw-origin.ts";

function check(address: string, more: AppInput["check"] = {}): Promise<CheckOutcome> {
  const [host = "", port = ""] = address.split(":");
  const app = appOf("/x/", { check: { timeoutMs: 5_000, ...more } });
  return new Promise((resolve) => {
    runCheck({ host, port: Number(port), address, tls: undefined }, app.check, resolve);
  });
}

test("a check asks as HAProxy does, and its request can be told from users' by the User-Agent", async () => {
  const origin = await RawOrigin.start();
  const { hasPassed, code, status } = await check(origin.address);
  assert.deepEqual([hasPassed, code, status], [true, "L7OK", 200]);
  assert.equal(
    origin.requests[0]?.head,
    `GET / HTTP/1.1\r\nHost: ${origin.address}\r\nUser-Agent: HAProxy\r\nConnection: close`,
  );
  await origin.close();
});

test("a check's method, path, host and agent can be chosen", async () => {
  const origin = await RawOrigin.start(() => "HTTP/1.1 204 No Content\r\n\r\n");
  const outcome = await check(origin.address, {
    method: "HEAD",
    path: "/health?x",
    host: "example.com",
    userAgent: "me",
  });
  assert.equal(outcome.hasPassed, true);
  assert.equal(
    origin.requests[0]?.head,
    "HEAD /health?x HTTP/1.1\r\nHost: example.com\r\nUser-Agent: me\r\nConnection: close",
  );
  await origin.close();
});

test("a check may have fields of its own, over those that it always has, and be HTTP/1.0", async () => {
  const origin = await RawOrigin.start();
  await check(origin.address, { version: "1.0", headers: { "X-Check": "yes", host: "example.com" } });
  assert.equal(
    origin.requests[0]?.head,
    "GET / HTTP/1.0\r\nUser-Agent: HAProxy\r\nConnection: close\r\nX-Check: yes\r\nhost: example.com",
  );
  await origin.close();
});

/** A response in UTF-8, as the origin sends it octet by octet. */
function body(text: string, status = "200 OK"): string {
  const octets = Buffer.from(text).toString("latin1");
  return `HTTP/1.1 ${status}\r\nContent-Length: ${octets.length}\r\n\r\n${octets}`;
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nwe\r\n2\r\nll\r\n0\r\n\r\n";

const rows: readonly (readonly [string, string, AppInput["check"], boolean, string])[] = [
  ["302", "HTTP/1.1 302 Found\r\n\r\n", {}, true, "L7OK"],
  ["404", "HTTP/1.1 404 Not Found\r\n\r\n", {}, false, "L7STS"],
  ["503", "HTTP/1.1 503 Service Unavailable\r\n\r\n", {}, false, "L7STS"],
  ["302 where 200 is wanted", "HTTP/1.1 302 Found\r\n\r\n", { statusMin: 200, statusMax: 200 }, false, "L7STS"],
  ["100 and then 200", `HTTP/1.1 100 Continue\r\n\r\n${OK}`, {}, true, "L7OK"],
  ["nonsense", "hello\r\n\r\n", {}, false, "L7RSP"],
  ["the wanted text", body("all is wéll"), { bodyIncludes: "wéll" }, true, "L7OK"],
  ["another text", body("all is lost"), { bodyIncludes: "well" }, false, "L7STS"],
  ["the wanted text and a bad status", body("well", "500 Oh"), { bodyIncludes: "well" }, false, "L7STS"],
  ["the wanted text across chunks", CHUNKED, { bodyIncludes: "well" }, true, "L7OK"],
  ["chunk sizes that look like the wanted text", CHUNKED, { bodyIncludes: "2\r\nll" }, false, "L7STS"],
  ["nonsense behind its head", CHUNKED.replace("2\r\nll", "x"), { bodyIncludes: "well" }, false, "L7RSP"],
  ["no body at all", "HTTP/1.1 204 No Content\r\n\r\n", { bodyIncludes: "well" }, false, "L7STS"],
  ["more than is read", body("x".repeat(100_000) + "well"), { bodyIncludes: "well" }, false, "L7STS"],
];

for (const [name, answer, more, hasPassed, code] of rows) {
  test(`a backend that answers ${name} ${hasPassed ? "passes" : "fails"} with ${code}`, async () => {
    const origin = await RawOrigin.start(() => answer);
    const outcome = await check(origin.address, more);
    assert.deepEqual([outcome.hasPassed, outcome.code], [hasPassed, code]);
    await origin.close();
  });
}

test("a backend that hangs up fails with L7RSP", async () => {
  const origin = await RawOrigin.start(() => (socket) => socket.destroy());
  assert.equal((await check(origin.address)).code, "L7RSP");
  await origin.close();
});

test("a backend that says nothing fails with L7TOUT", async () => {
  const origin = await RawOrigin.start(() => () => undefined);
  assert.equal((await check(origin.address, { timeoutMs: 20 })).code, "L7TOUT");
  await origin.close();
});

test("a port at which nobody listens fails with L4CON", async () => {
  assert.equal((await check("127.0.0.1:1")).code, "L4CON");
});

test("a tcp check sends nothing", async () => {
  const origin = await RawOrigin.start();
  assert.equal((await check(origin.address, { kind: "tcp" })).code, "L4OK");
  assert.equal(origin.text, "");
  await origin.close();
});

test("backends go down and come up by their checks, each change told once", async () => {
  let status = "200 OK";
  const origin = await RawOrigin.start(() => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
  const events: string[] = [];
  let wake: (() => void) | undefined;
  const changed = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const prober = new Prober(({ backend, isUp, outcome }: HealthEvent) => {
    events.push(`${backend.name} ${isUp ? "up" : "down"} ${outcome.code}`);
    wake?.();
  });
  const app = appOf("/x/", {
    check: { intervalMs: 5, fastIntervalMs: 5, rise: 2, fall: 3 },
    backends: { a: { address: origin.address }, b: { address: "127.0.0.1:1" } },
  });
  const table = { apps: [app] };
  const [a] = app.backends;
  assert.ok(a !== undefined);
  const down = changed();
  prober.update(table);
  assert.equal(prober.reportOf(a)?.state, "unchecked");
  await down;
  assert.deepEqual([events, app.choice.backends.map(({ name }) => name)], [["b down L4CON"], ["a"]]);
  await origin.seen(1);
  status = "500 Oops";
  await changed();
  assert.equal(events[1], "a down L7STS");
  assert.equal(prober.reportOf(a)?.downs, 1);
  status = "200 OK";
  await changed();
  assert.equal(events[2], "a up L7OK");
  assert.deepEqual(
    app.choice.backends.map(({ name }) => name),
    ["a"],
  );
  prober.stop();
  await origin.close();
});

test("a table that keeps a backend keeps its health; a changed check begins anew", async () => {
  const prober = new Prober(() => undefined);
  const make = (intervalMs: number) =>
    appOf("/x/", { check: { intervalMs }, backends: { a: { address: "127.0.0.1:1" } } });
  const app = make(60_000);
  prober.update({ apps: [app] });
  const [backend] = app.backends;
  assert.ok(backend !== undefined);
  prober.update({ apps: [{ ...app }] });
  assert.equal(prober.reportOf(backend)?.state, "unchecked");
  prober.update({ apps: [{ ...app, check: make(50_000).check }] });
  assert.equal(prober.reportOf(backend)?.code, "INI");
  prober.update({ apps: [] });
  assert.equal(prober.reportOf(backend), undefined);
  prober.stop();
});

for (const [onError, suspicions] of [
  ["failCheck", 2],
  ["markDown", 1],
] as const) {
  test(`requests that fail take a backend out after ${suspicions} with ${onError}, and checks take it in again`, async () => {
    const origin = await RawOrigin.start();
    const check = { intervalMs: 86_400_000, fastIntervalMs: 1, downIntervalMs: 1, rise: 1, fall: 2 };
    const app = appOf("/x/", { check, observe: { onError }, backends: { a: { address: origin.address } } });
    const [backend] = app.backends;
    assert.ok(backend !== undefined);
    const events: string[] = [];
    let onUp = () => {};
    const isBack = new Promise<void>((resolve) => {
      onUp = resolve;
    });
    const prober = new Prober(({ isUp, outcome }) => {
      events.push(`${isUp ? "up" : "down"} ${outcome.code}`);
      if (isUp) onUp();
    });
    prober.update({ apps: [app] });
    while (prober.reportOf(backend)?.code !== "L7OK") await new Promise((resolve) => setImmediate(resolve));
    for (let count = 0; count < suspicions; count++) prober.suspect(app, backend);
    await isBack;
    assert.deepEqual(events, ["down HANA", "up L7OK"]);
    assert.equal(prober.reportOf(backend)?.suspicions, suspicions);
    prober.stop();
    await origin.close();
  });
}

test("a backend may have to pass a check before it gets requests; one that was up before is believed", async () => {
  const origin = await RawOrigin.start();
  const backends = { a: { address: origin.address } };
  const app = appOf("/x/", { backends, check: { initialState: "down", intervalMs: 20, fastIntervalMs: 10 } });
  const state = app.backends[0]?.state;
  const cameUp = Promise.withResolvers<HealthEvent>();
  const prober = new Prober((event) => cameUp.resolve(event));
  prober.update({ apps: [app] });
  assert.deepEqual([state?.isUp, app.choice.backends.length], [false, 0]);
  assert.equal((await cameUp.promise).isUp, true);
  assert.deepEqual([state?.isUp, app.choice.backends.length], [true, 1]);
  prober.stop();
  const known = appOf("/x/", { backends, check: { initialState: "fullyDown", intervalMs: 60_000 } });
  const successor = new Prober(() => undefined);
  successor.update({ apps: [known] }, "takenOver");
  assert.equal(known.backends[0]?.state.isUp, true);
  successor.stop();
  await origin.close();
});
