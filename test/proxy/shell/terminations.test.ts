import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as immediately } from "node:timers/promises";
import type { AppInput } from "../../../config/app.ts";
import type { ProxyInput } from "../../../config/proxy.ts";
import type { Session } from "../../../config/sessions.ts";
import { backendKey } from "../../../proxy/core/backend.ts";
import { OriginProcess } from "../lib/origin-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { type Answer, OK, RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// Each way in which a request can end, provoked: what the client gets, and HAProxy's two letters in the log.

const ask = (path = "/", fields = "", method = "GET") => `${method} /app1${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const ONCE: AppInput["retries"] = { attemptsMax: 0 };

type Case = {
  readonly answer?: Answer;
  readonly app?: Partial<AppInput>;
  readonly proxy?: Partial<ProxyInput>;
  readonly send: string;
  /** What happens then. */
  readonly next?: (client: RawClient, origin: RawOrigin, t: TestContext, proxy: TestProxy) => unknown;
  /** Letters, then status. */
  readonly log: string;
};

const CASES: Readonly<Record<string, Case>> = {
  "a request that is served": { send: ask(), log: "-- 200" },
  "one that the proxy answers itself": { send: "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", log: "LR 404" },
  "one that the parser refuses": { send: "GET / HTTP/1.1\r\n\r\n", log: "PR 400" },
  "a body beyond the limit": {
    app: { limits: { bodyBytesMax: 1 } },
    send: ask("/", "Content-Length: 2\r\n", "POST"),
    log: "PR 413",
  },
  "a head that does not end": {
    proxy: { timeouts: { httpRequestMs: 1 } },
    send: "GET /app1/ HTTP/1.1\r\n",
    log: "cR 408",
  },
  "a response that does not come": {
    answer: () => undefined,
    app: { timeouts: { serverMs: 1 } },
    send: ask(),
    log: "sH 504",
  },
  "a connection that ends instead": { answer: (socket) => void socket.destroy(), send: ask(), log: "SH 502" },
  "a response that can't be read": { answer: "nonsense\r\n\r\n", send: ask(), log: "PH 502" },
  "a response that stops": {
    answer: (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
    send: ask(),
    log: "SD 200",
  },
  "a response that falls silent": {
    answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
    app: { timeouts: { serverMs: 1 } },
    send: ask(),
    log: "sD 200",
  },
  "a client that leaves before the response": {
    answer: () => undefined,
    send: ask(),
    next: async (client, origin) => {
      await origin.seen(1);
      client.socket.resetAndDestroy();
    },
    log: "CH 0",
  },
  "a client that leaves within the response": {
    answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
    send: ask(),
    next: async (client) => {
      await client.has(40);
      client.socket.resetAndDestroy();
    },
    log: "CD 200",
  },
  "a client that leaves within its head": {
    send: "GET /app1/ HTTP/1.1\r\n",
    next: (client) => void client.socket.end(),
    log: "CR 0",
  },
  "a response whose chunks make no sense": {
    answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokx",
    send: ask(),
    log: "PD 200",
  },
  "a body whose chunks make no sense": {
    answer: () => undefined,
    send: `${ask("/", "Transfer-Encoding: chunked\r\n", "POST")}x\r\n`,
    log: "PR 400",
  },
  "the same when the response has begun": {
    send: `${ask("/", "Transfer-Encoding: chunked\r\n", "POST")}1\r\nx\r\n`,
    next: async (client, origin) => {
      while (origin.sockets.length === 0) await immediately();
      origin.sockets[0]?.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
      await client.has(40);
      client.send("x\r\n");
    },
    log: "PD 200",
  },
  "a client that does not read": {
    answer: (socket) =>
      void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n${"x".repeat(32_000_000)}`),
    proxy: { timeouts: { clientMs: 1 } },
    send: ask(),
    next: (client) => void client.socket.pause(),
    log: "cD 200",
  },
  "an operator who ends what waits for a backend": {
    answer: () => undefined,
    send: ask(),
    next: (_, origin, __, proxy) => shutDown(origin, proxy, "operator"),
    log: "KH 503",
  },
  "a backend that was told down, where nothing may go on at it": {
    answer: () => undefined,
    send: ask(),
    next: (_, origin, __, proxy) => shutDown(origin, proxy, "markedDown"),
    log: "DH 503",
  },
  "a body that falls silent": {
    proxy: { timeouts: { clientMs: 1 } },
    send: ask("/", "Content-Length: 9\r\n", "POST"),
    log: "cH 408",
  },
  "a body that comes by the octet": {
    proxy: { timeouts: { clientMs: 500 }, limits: { bodyBytesPerSecondMin: 1_000 } },
    send: ask("/", "Content-Length: 100000\r\n", "POST"),
    next: (client, _, t) => drip(client, t),
    log: "cH 408",
  },
};

for (const [name, { answer = OK, app = {}, proxy: settings = {}, send, next, log }] of Object.entries(CASES)) {
  test(`${name}: ${log}`, async (t) => {
    const origin = await RawOrigin.start(() => answer);
    const proxy = await TestProxy.start({ apps: [app1([origin.address], { retries: ONCE, ...app })], proxy: settings });
    const client = await RawClient.open(proxy.port);
    t.after(async () => {
      client.destroy();
      await proxy.stop();
      await origin.close();
    });
    client.send(send);
    await next?.(client, origin, t, proxy);
    await proxy.logged(1);
    const [{ termination, status } = {}] = proxy.records;
    assert.equal(`${termination} ${status}`, log);
  });
}

test("in line: whoever leaves it CQ, comes when it is full PC, waits too long sQ", async (t) => {
  const origin = await RawOrigin.start(() => () => undefined);
  t.after(() => origin.close());
  const limited: Partial<AppInput> = {
    limits: { queueMax: 1 },
    backends: { b0: { address: origin.address, sessionsMax: 1 } },
  };
  const endings = async (
    timeouts: AppInput["timeouts"],
    act: (proxy: TestProxy, next: () => Promise<RawClient>) => Promise<void>,
  ) => {
    const proxy = await TestProxy.start({
      apps: [app1([], { ...limited, ...(timeouts === undefined ? {} : { timeouts }) })],
    });
    const clients: RawClient[] = [];
    t.after(async () => {
      for (const client of clients) client.destroy();
      await proxy.stop();
    });
    const next = async () => {
      const client = await RawClient.open(proxy.port);
      clients.push(client);
      client.send(ask());
      return client;
    };
    await next();
    await stage(proxy, "headers");
    await act(proxy, next);
    return proxy.records.map(({ termination, status }) => `${termination} ${status}`);
  };
  const full = await endings(undefined, async (proxy, next) => {
    const waiting = await next();
    await stage(proxy, "queue");
    await (await next()).response();
    waiting.socket.resetAndDestroy();
    await proxy.logged(2);
  });
  assert.deepEqual(full, ["PC 503", "CQ 0"]);
  const late = await endings({ queueMs: 1 }, async (proxy, next) => {
    await next();
    await proxy.logged(1);
  });
  assert.deepEqual(late, ["sQ 503"]);
});

test("a client that leaves while a backend is connected to: CC", async (t) => {
  const full = await OriginProcess.start();
  t.after(() => full.kill());
  full.freeze();
  const waiting = await Promise.all([1, 2].map(() => RawClient.open(Number(full.address.split(":")[1]))));
  t.after(() => waiting.forEach((client) => void client.destroy()));
  const proxy = await TestProxy.start({ apps: [app1([full.address])] });
  t.after(() => proxy.stop());
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  await stage(proxy, "connect");
  client.socket.resetAndDestroy();
  await proxy.logged(1);
  assert.deepEqual([proxy.records[0]?.termination, proxy.records[0]?.status], ["CC", 0]);
});

test("nobody at the backend's port: SC 503; nobody who answers there: sC 503", async (t) => {
  const full = await OriginProcess.start();
  t.after(() => full.kill());
  full.freeze();
  const waiting = await Promise.all([1, 2].map(() => RawClient.open(Number(full.address.split(":")[1]))));
  t.after(() => waiting.forEach((client) => void client.destroy()));
  for (const [address, letters] of [
    ["127.0.0.1:1", "SC"],
    [full.address, "sC"],
  ] as const) {
    const proxy = await TestProxy.start({ apps: [app1([address], { retries: ONCE, timeouts: { connectMs: 1 } })] });
    t.after(() => proxy.stop());
    const client = await RawClient.open(proxy.port);
    t.after(() => client.destroy());
    client.send(ask());
    assert.equal((await client.response()).status, 503);
    await proxy.logged(1);
    assert.equal(proxy.records[0]?.termination, letters);
  }
});

test("a head that does not end has the same time behind a request: cR 408", async (t) => {
  const origin = await RawOrigin.start();
  t.after(() => origin.close());
  const timeouts = { httpRequestMs: 1, httpKeepAliveMs: 86_400_000 };
  const proxy = await TestProxy.start({ apps: [app1([origin.address])], proxy: { timeouts } });
  t.after(() => proxy.stop());
  const client = await RawClient.open(proxy.port);
  client.send(`${ask()}GET /app1/ HTTP/1.1\r\n`);
  assert.equal((await client.response()).status, 200);
  assert.equal((await client.response()).status, 408);
  await client.closed();
  assert.equal(proxy.records.at(-1)?.termination, "cR");
});

test("between requests a connection ends after http-keep-alive, without a word", async (t) => {
  const origin = await RawOrigin.start();
  t.after(() => origin.close());
  const proxy = await TestProxy.start({ apps: [app1([origin.address])], proxy: { timeouts: { httpKeepAliveMs: 1 } } });
  t.after(() => proxy.stop());
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  const { head, body } = await client.response();
  assert.equal(await client.closed(), `${head}\r\n\r\n${body}`);
  assert.equal(proxy.records.length, 1);
});

/** Octet by octet, as long as there is somebody. */
function drip(client: RawClient, t: TestContext): void {
  const timer = setInterval(() => client.send("x"), 20);
  t.after(() => clearInterval(timer));
}

/** Resolves when a request has come as far. */
async function stage(proxy: TestProxy, stage: Session["stage"]): Promise<void> {
  const isThere = () =>
    proxy.worker
      .sessions({ app: undefined, backend: undefined, max: 9 })
      .sessions.some((session) => session.stage === stage);
  while (!isThere()) await immediately();
}

/** Ends what is under way at the only backend, once it has a request. */
async function shutDown(origin: RawOrigin, proxy: TestProxy, why: "operator" | "markedDown"): Promise<void> {
  await origin.seen(1);
  const [app] = proxy.worker.table.apps;
  const [backend] = app?.backends ?? [];
  proxy.worker.shutDown(backendKey("app1", backend?.name ?? "", backend?.address ?? ""), why);
}
