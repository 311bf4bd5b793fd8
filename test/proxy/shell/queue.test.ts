import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { AppInput } from "../../../config/app.ts";
import type { ProxyInput } from "../../../config/proxy.ts";
import { RawClient } from "../lib/raw-client.ts";
import { OK, RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const get = (fields = "", method = "GET") => `${method} /app1/ HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

/** Backends that answer when they are told to. */
class SlowOrigin {
  readonly origin: RawOrigin;
  readonly held: (() => void)[] = [];

  private constructor(origin: RawOrigin) {
    this.origin = origin;
    origin.answer = () => (socket) => this.held.push(() => socket.write(OK));
  }

  static async start(t: TestContext): Promise<SlowOrigin> {
    const origin = await RawOrigin.start();
    t.after(() => origin.close());
    return new SlowOrigin(origin);
  }
}

async function start(t: TestContext, apps: readonly AppInput[], proxy: Partial<ProxyInput> = {}): Promise<TestProxy> {
  const started = await TestProxy.start({ apps, proxy });
  t.after(() => started.stop());
  return started;
}

async function ask(t: TestContext, proxy: TestProxy, text: string): Promise<RawClient> {
  const client = await RawClient.open(proxy.port);
  t.after(() => client.destroy());
  client.send(text);
  return client;
}

/** Until that many wait. */
async function waiting(proxy: TestProxy, count: number): Promise<void> {
  const [app] = proxy.worker.table.apps;
  while (app?.line.length !== count) await new Promise((resolve) => setImmediate(resolve));
}

const limited = (address: string, more: Partial<AppInput> = {}, sessionsMax = 1) =>
  app1([], { backends: { b0: { address, sessionsMax } }, ...more });

test("a backend gets no more requests at once than it may have; the others wait, first come first served", async (t) => {
  const slow = await SlowOrigin.start(t);
  const proxy = await start(t, [limited(slow.origin.address)]);
  const clients: RawClient[] = [];
  for (let count = 0; count < 3; count++) {
    clients.push(await ask(t, proxy, get(`X-Number: ${count}\r\n`)));
    if (count === 0) await slow.origin.seen(1);
    else await waiting(proxy, count);
  }
  assert.equal(slow.origin.requests.length, 1);
  const [app] = proxy.worker.table.apps;
  assert.deepEqual([app?.traffic.queued, app?.traffic.queuedMax], [2, 2]);
  for (const [index, client] of clients.entries()) {
    await slow.origin.seen(index + 1);
    slow.held[index]?.();
    assert.equal((await client.response()).status, 200);
  }
  const order = slow.origin.requests.map(({ head }) => /X-Number: (\d)/.exec(head)?.[1]);
  assert.deepEqual(order, ["0", "1", "2"]);
  assert.deepEqual([app?.traffic.queued, app?.traffic.queuedMax], [0, 2]);
});

test("a request that waits too long gets 503, and HAProxy's letters", async (t) => {
  const slow = await SlowOrigin.start(t);
  const proxy = await start(t, [limited(slow.origin.address, { timeouts: { queueMs: 1 } })]);
  await ask(t, proxy, get());
  await slow.origin.seen(1);
  const late = await ask(t, proxy, get());
  assert.equal((await late.response()).status, 503);
  await proxy.logged(1);
  const { termination, backend, retries } = proxy.records[0] ?? {};
  assert.deepEqual([termination, backend, retries], ["sQ", undefined, 0]);
});

test("a line that is full turns further requests away", async (t) => {
  const slow = await SlowOrigin.start(t);
  const proxy = await start(t, [limited(slow.origin.address, { limits: { queueMax: 1 } })]);
  await ask(t, proxy, get());
  await slow.origin.seen(1);
  await ask(t, proxy, get());
  await waiting(proxy, 1);
  const third = await ask(t, proxy, get());
  assert.equal((await third.response()).status, 503);
  assert.equal(proxy.records[0]?.termination, "PC");
});

test("a client that leaves the line leaves no hole in it", async (t) => {
  const slow = await SlowOrigin.start(t);
  const proxy = await start(t, [limited(slow.origin.address)]);
  const first = await ask(t, proxy, get());
  await slow.origin.seen(1);
  const second = await ask(t, proxy, get());
  await waiting(proxy, 1);
  const third = await ask(t, proxy, get());
  await waiting(proxy, 2);
  second.socket.resetAndDestroy();
  await proxy.logged(1);
  assert.deepEqual([proxy.records[0]?.termination, proxy.records[0]?.status], ["CQ", 0]);
  slow.held[0]?.();
  await first.response();
  await slow.origin.seen(2);
  slow.held[1]?.();
  assert.equal((await third.response()).status, 200);
});

test("a bound request waits for its own backend, an unbound one takes any", async (t) => {
  const [own, other] = [await SlowOrigin.start(t), await SlowOrigin.start(t)];
  const backends = {
    b0: { address: own.origin.address, sessionsMax: 1 },
    b1: { address: other.origin.address, sessionsMax: 1 },
  };
  const proxy = await start(t, [app1([], { backends })]);
  const bound = () => ask(t, proxy, get("Cookie: SRVID_app1=b0\r\n"));
  await bound();
  await own.origin.seen(1);
  const second = await bound();
  await waiting(proxy, 1);
  assert.equal(proxy.worker.table.apps[0]?.backends[0]?.state.traffic.queued, 1);
  await ask(t, proxy, get());
  await other.origin.seen(1);
  other.held[0]?.();
  await proxy.logged(1);
  assert.equal(own.origin.requests.length, 1);
  own.held[0]?.();
  await own.origin.seen(2);
  own.held[1]?.();
  assert.doesNotMatch((await second.response()).head, /Set-Cookie/);
});

test("RFC9110-15.5.14: a body that is too long is refused before a backend hears of it", async (t) => {
  const origin = await RawOrigin.start();
  t.after(() => origin.close());
  const proxy = await start(t, [app1([origin.address], { limits: { bodyBytesMax: 4 } })]);
  const fine = await ask(t, proxy, `${get("Content-Length: 4\r\n", "POST")}1234`);
  assert.equal((await fine.response()).status, 200);
  const long = await ask(t, proxy, get("Content-Length: 5\r\n", "POST"));
  assert.match(await long.closed(), /^HTTP\/1\.1 413 Content Too Large\r\n/);
  assert.equal(origin.requests.length, 1);
  await proxy.logged(2);
  assert.equal(proxy.records[1]?.termination, "PR");
  assert.equal(proxy.worker.table.apps[0]?.traffic.denied, 1);
});

test("a chunked body that grows too long is cut off, at the backend too", async (t) => {
  const origin = await RawOrigin.start();
  t.after(() => origin.close());
  const proxy = await start(t, [app1([origin.address], { limits: { bodyBytesMax: 4 } })]);
  const client = await ask(t, proxy, `${get("Transfer-Encoding: chunked\r\n", "POST")}5\r\n12345\r\n0\r\n\r\n`);
  assert.match(await client.closed(), /^HTTP\/1\.1 413 /);
  assert.equal(origin.requests.length, 0);
});

test("one address has no more connections than it may, a trusted proxy any number", async (t) => {
  const limits = { connectionsPerAddressMax: 2 };
  const proxy = await start(t, [app1(["127.0.0.1:1"])], { limits });
  const kept = [await RawClient.open(proxy.port), await RawClient.open(proxy.port)];
  const third = await RawClient.open(proxy.port);
  assert.equal(await third.closed(), "");
  assert.equal(proxy.worker.listenerTraffic.get("http")?.denied, 1);
  kept[0]?.destroy();
  while (proxy.worker.connectionCount > 1) await new Promise((resolve) => setImmediate(resolve));
  const again = await ask(t, proxy, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal((await again.response()).status, 404);
  await proxy.apply({ apps: [], proxy: { limits, trustedProxies: ["127.0.0.0/8"] } });
  const trusted = await ask(t, proxy, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal((await trusted.response()).status, 404);
  kept[1]?.destroy();
});
