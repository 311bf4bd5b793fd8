import assert from "node:assert/strict";
import { after, test } from "node:test";
import { sessionsResultSchema } from "../../../config/sessions.ts";
import { isAccepting } from "../lib/accepting.ts";
import { type Runtime, runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { isRunning, named, requestText, ServedApp } from "../lib/served-app.ts";

// Limits are one for a host, however its workers share the connections.

const WORKERS = 3;
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

for (const runtime of runtimes().found) {
  test(`${runtime.name}: a backend gets no more requests at once from all workers than it may, and all that wait are served`, async () => {
    const app = await start(runtime, { b0: { sessionsMax: 2 } });
    const held = hold(app);
    const clients = await askAll(app, 24);
    for (let served = 0; served < 24; served++) {
      while (held.answers.length === 0) await turn();
      assert.ok(held.answers.length <= 2, `${held.answers.length} at once`);
      held.answers.shift()?.();
    }
    for (const client of clients) assert.equal((await client.response()).body, "b0");
    for (const client of clients) client.destroy();
    await app.stop();
  });

  test(`${runtime.name}: a worker's death gives back what it held`, async () => {
    const app = await start(runtime, { b0: { sessionsMax: 4 } });
    const held = hold(app);
    const clients = await askAll(app, 24);
    while (held.answers.length < 4) await turn();
    // One that still waits to be accepted would be the next worker's, and ask for an answer of those that are dropped below.
    while ((await app.status()).connections < 24) await turn();
    const { workers } = await app.status();
    for (const pid of workers) process.kill(pid, "SIGKILL");
    while ((await app.status()).workers.some((pid) => workers.includes(pid))) await turn();
    held.answers.length = 0;
    const later = await askAll(app, 4);
    while (held.answers.length < 4) await turn();
    for (const answer of held.answers) answer();
    for (const client of later) assert.equal((await client.response()).body, "b0");
    for (const client of [...clients, ...later]) client.destroy();
    await app.stop();
  });

  test(`${runtime.name}: the line has one limit, and so has the host for connections`, async () => {
    const limits = { limits: { queueMax: 2 } };
    const app = await start(runtime, { b0: { sessionsMax: 1 } }, [limits], [{ limits: { connectionsMax: 12 } }]);
    const held = hold(app);
    const first = await askAll(app, 1);
    while (held.answers.length === 0) await turn();
    const clients = await askAll(app, 11);
    const statuses: number[] = [];
    for (const client of clients) void client.response().then(({ status }) => statuses.push(status));
    while (statuses.length < 9) await turn();
    assert.deepEqual(new Set(statuses), new Set([503]));
    const tooMany = await RawClient.open(app.port);
    assert.equal(await tooMany.closed(), "");
    while (statuses.length < 11) {
      held.answers.shift()?.();
      await turn();
    }
    assert.equal(statuses.filter((status) => status === 200).length, 2);
    for (const client of [...first, ...clients]) client.destroy();
    await app.stop();
  });

  test(`${runtime.name}: an address has no more connections than it may, on all workers together`, async () => {
    const app = await start(runtime, { b0: {} }, [], [{ limits: { connectionsPerAddressMax: 5 } }]);
    const clients = await askAll(app, 5);
    for (const client of clients) assert.equal((await client.response()).status, 200);
    const sixth = await RawClient.open(app.port);
    assert.equal(await sixth.closed(), "");
    clients[0]?.destroy();
    // The proxy hears of the end a moment later.
    for (let isIn = false; !isIn; ) {
      const again = await RawClient.open(app.port);
      again.send(requestText());
      isIn = await again.response().then(
        ({ status }) => status === 200,
        () => false,
      );
      again.destroy();
    }
    for (const client of clients) client.destroy();
    await app.stop();
  });

  test(`${runtime.name}: leastconn sees what all workers have under way`, async () => {
    const app = await start(runtime, { b0: {}, b1: {} }, [{ balance: { algorithm: "leastconn" } }]);
    const held = hold(app);
    const clients: RawClient[] = [];
    for (let count = 1; count <= 12; count++) {
      clients.push(...(await askAll(app, 1)));
      while (held.answers.length < count) await turn();
      const [b0 = 0, b1 = 0] = app.origins.map(({ requests }) => requests.length);
      assert.ok(Math.abs(b0 - b1) <= 1, `${b0} and ${b1} after ${count}`);
    }
    for (const answer of held.answers) answer();
    for (const client of clients) assert.equal((await client.response()).status, 200);
    for (const client of clients) client.destroy();
    await app.stop();
  });

  for (const workers of [1, WORKERS]) {
    test(`${runtime.name}, workers: ${workers}: what a replaced daemon still has under way counts for its successor`, async () => {
      const limits = [{ limits: { connectionsMax: 4 } }];
      const app = await start(runtime, { b0: { sessionsMax: 2 } }, [], limits, workers);
      const held = hold(app);
      const old = await askAll(app, 2);
      while ((await app.status()).connections < 2 || (await app.backend("b0"))?.sessions !== 2) await turn();
      const before = await app.status();
      await app.replace();
      while (isAccepting([before.pid, ...before.workers], app.port)) await turn();

      const [third, fourth] = await askAll(app, 2);
      while ((await inLine(app)) + held.answers.length < 4) await turn();
      assert.equal(await inLine(app), 2);
      const fifth = await RawClient.open(app.port);
      assert.equal(await fifth.closed(), "");

      held.answers.shift()?.();
      while (held.answers.length < 2) await turn();
      assert.equal(await inLine(app), 1);
      for (let served = 0; served < 3; served++) {
        while (held.answers.length === 0) await turn();
        held.answers.shift()?.();
      }
      for (const client of [...old, third, fourth]) assert.equal((await client?.response())?.body, "b0");
      for (const client of old) client.destroy();
      while (isRunning(before.pid)) await turn();

      // There is room for as many as ever.
      third?.destroy();
      fourth?.destroy();
      while ((await app.status()).connections > 0) await turn();
      const later = await askAll(app, 4);
      while ((await inLine(app)) < 2) await turn();
      for (let served = 0; served < 4; served++) {
        while (held.answers.length === 0) await turn();
        held.answers.shift()?.();
      }
      for (const client of later) assert.equal((await client.response()).body, "b0");
      for (const client of later) client.destroy();
      await app.stop();
    });
  }
}

/** Requests that wait for a session of a backend. */
async function inLine(app: ServedApp): Promise<number> {
  const { sessions } = sessionsResultSchema.parse(await app.ask({ request: "sessions" }));
  return sessions.filter(({ stage }) => stage === "queue").length;
}

async function start(
  runtime: Runtime,
  backends: Readonly<Record<string, { readonly sessionsMax?: number }>>,
  sections: readonly object[] = [],
  proxy: readonly object[] = [],
  workers = WORKERS,
): Promise<ServedApp> {
  const timeouts = { timeouts: { queueMs: 60_000 } };
  const setup = { workers, backends: Object.keys(backends).length, sections: [timeouts, ...sections], proxy };
  const app = await ServedApp.start(runtime, { ...setup, more: backends });
  cleanUp.push(() => app.end());
  return app;
}

/** Lets the backends keep their answers until they are told to give them. */
function hold(app: ServedApp): { readonly answers: (() => void)[] } {
  const answers: (() => void)[] = [];
  for (const [index, origin] of app.origins.entries()) {
    origin.answer = () => (socket) => answers.push(() => socket.write(named(`b${index}`)));
  }
  return { answers };
}

/** That many clients, each of which has asked. */
async function askAll(app: ServedApp, count: number): Promise<RawClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.open(app.port)));
  for (const client of clients) client.send(requestText());
  return clients;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
