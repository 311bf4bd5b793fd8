import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Session, sessionsResultSchema, shutdownResultSchema } from "../../../config/sessions.ts";
import { reloadResultSchema } from "../../../config/status.ts";
import { runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { named, requestText, ServedApp } from "../lib/served-app.ts";

// What operators see of those who are connected, and what they may do about them.

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

for (const runtime of runtimes().found) {
  for (const workers of [1, 2]) {
    const title = `${runtime.name}, ${workers} workers`;

    test(`${title}: sessions are listed with what they do, and filtered`, async () => {
      const { app, idle, slow, tunnel } = await threeClients(workers, runtime);
      const all = await list(app, { max: 10 });
      assert.deepEqual(all.sessions.map(textOf).sort(), [
        "http idle undefined undefined undefined undefined",
        "http request app1 b0 headers GET /app1/slow",
        "http tunnel app1 b1 data GET /app1/ws",
      ]);
      const addresses = [idle, slow, tunnel].map(({ socket }) => `127.0.0.1:${socket.localPort}`);
      assert.deepEqual(all.sessions.map(({ client }) => client).sort(), addresses.sort());
      const { bytesIn, bytesOut } = all.sessions.find(({ kind }) => kind === "tunnel") ?? {};
      assert.deepEqual([bytesIn, bytesOut !== undefined && bytesOut > 0], [4, true]);
      const ofB1 = await list(app, { app: "app1", backend: "b1" });
      assert.deepEqual([ofB1.total, ofB1.sessions.map(({ kind }) => kind)], [1, ["tunnel"]]);
      assert.equal((await list(app, { app: "app2" })).total, 0);
      const one = await list(app, { max: 1 });
      assert.deepEqual([one.sessions.length, one.total], [1, 3]);
      for (const client of [idle, slow, tunnel]) client.destroy();
      await app.stop();
    });

    test(`${title}: shutdown ends a backend's requests and tunnels, and no others`, async () => {
      const { app, idle, slow, tunnel } = await threeClients(workers, runtime);
      const end = async (backend: string) =>
        shutdownResultSchema.parse(await app.ask({ request: "shutdown", app: "app1", backend }));
      assert.deepEqual(await end("b1"), { isOk: true, problems: [], ended: 1 });
      await tunnel.closed();
      await app.daemon.line(/"event":"request".*"backend":"b1".*"status":101,.*"termination":"KD"/);
      assert.equal((await list(app, {})).total, 2);
      assert.deepEqual(await end("b0"), { isOk: true, problems: [], ended: 1 });
      assert.equal((await slow.response()).status, 503);
      await app.daemon.line(/"event":"request".*"backend":"b0".*"status":503,.*"termination":"KH"/);
      await app.daemon.line(/"event":"shutdown","app":"app1","backend":"b0","why":"operator","ended":1/);
      idle.send(requestText());
      assert.equal((await idle.response()).status, 200);
      const unknown = await end("b9");
      assert.deepEqual([unknown.isOk, unknown.ended], [false, 0]);
      for (const client of [idle, slow, tunnel]) client.destroy();
      await app.stop();
    });

    test(`${title}: a weight holds until another is said, through a reload and a takeover`, async () => {
      const app = await ServedApp.start(runtime, { workers, backends: 2 });
      cleanUp.push(() => app.end());
      const weigh = async (weight?: { weight: number } | { percent: number }) =>
        reloadResultSchema.parse(
          await app.ask({ request: "weight", app: "app1", backend: "b0", ...(weight && { weight }) }),
        );
      assert.deepEqual(await weigh({ weight: 0 }), { isOk: true, problems: [] });
      await app.settled("", "b1");
      assert.deepEqual(await app.answers("b0"), new Set(["b0"]));
      await app.reload(["b0", "b1"], { rewrite: { forwarded: true } });
      assert.deepEqual(await app.answers(""), new Set(["b1"]));
      await app.replace();
      assert.deepEqual(await app.answers(""), new Set(["b1"]));
      assert.equal((await app.backend("b0"))?.weight, 0);
      await weigh({ percent: 50 });
      assert.equal((await app.backend("b0"))?.weight, 0.5);
      await app.settled("", "b0", "b1");
      await weigh();
      assert.equal((await app.backend("b0"))?.weight, undefined);
      await app.stop();
    });
  }

  test(`${runtime.name}: what is under way at a backend that goes down ends, where the app wants it so`, async () => {
    const check = {
      kind: "tcp",
      intervalMs: 50,
      fastIntervalMs: 50,
      rise: 1,
      fall: 1,
      onMarkedDown: "shutdownSessions",
    };
    const app = await ServedApp.start(runtime, { workers: 2, backends: 2, sections: [{ check }] });
    cleanUp.push(() => app.end());
    const origin = app.origins[0];
    if (origin === undefined) throw new Error("no backend");
    // A backend that accepts no more, and keeps what it has.
    origin.answer = () => () => undefined;
    const client = await RawClient.open(app.port);
    client.send(requestText("b0"));
    await origin.seen(1);
    origin.refuse();
    assert.equal((await client.response()).status, 503);
    await app.daemon.line(/"event":"request".*"backend":"b0".*"termination":"DH"/);
    await app.daemon.line(/"event":"shutdown","app":"app1","backend":"b0","why":"markedDown","ended":1/);
    client.destroy();
    await app.stop();
  });
}

/** One between requests, one that waits for b0's answer, one with a tunnel to b1. */
async function threeClients(workers: number, runtime: ReturnType<typeof runtimes>["found"][number]) {
  const app = await ServedApp.start(runtime, { workers, backends: 2 });
  cleanUp.push(() => app.end());
  for (const [index, origin] of app.origins.entries()) {
    origin.answer = ({ head }) => {
      if (head.startsWith("GET /slow")) return () => undefined;
      if (!head.startsWith("GET /ws")) return named(`b${index}`);
      return (socket) => {
        socket.removeAllListeners("data");
        socket.on("data", (bytes) => socket.write(bytes));
        socket.write(SWITCHED);
      };
    };
  }
  const [idle, slow, tunnel] = [
    await RawClient.open(app.port),
    await RawClient.open(app.port),
    await RawClient.open(app.port),
  ];
  idle.send(requestText());
  await idle.response();
  slow.send(requestText("b0", "/app1/slow"));
  tunnel.send(requestText("b1", "/app1/ws").replace("\r\n\r\n", UPGRADE));
  await tunnel.response();
  const before = tunnel.text.length;
  tunnel.send("ping");
  await tunnel.has(before + 4);
  // Until the request has got to the backend.
  while ((await list(app, { backend: "b0" })).sessions[0]?.stage !== "headers")
    await new Promise((resolve) => setImmediate(resolve));
  return { app, idle, slow, tunnel };
}

async function list(app: ServedApp, filter: { app?: string; backend?: string; max?: number }) {
  return sessionsResultSchema.parse(await app.ask({ request: "sessions", ...filter }));
}

function textOf({ listener, kind, app, backend, stage, asked }: Session): string {
  return `${listener} ${kind} ${app} ${backend} ${stage} ${asked}`;
}

const SWITCHED =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";
const UPGRADE =
  "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
