import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ProxyHealth } from "../../../vrrp/core/eligibility.ts";
import { ProxyWatch } from "../../../vrrp/shell/proxy-watch.ts";

/** A socket path, a watch on it, and its words one after the other. */
function watch(t: TestContext, silenceMs: number) {
  const directory = mkdtempSync(join(tmpdir(), "lbpair-watch-"));
  const path = join(directory, "proxy.sock");
  const heard: ProxyHealth[] = [];
  let wake = () => {};
  const lifelines: (string | null)[] = [];
  const proxy = new ProxyWatch(path, silenceMs, {
    onHealth: (health) => {
      heard.push(health);
      wake();
    },
    onLifeline: (lifeline) => void lifelines.push(lifeline),
  });
  t.after(() => {
    proxy.close();
    rmSync(directory, { recursive: true });
  });
  const next = async () => {
    while (heard.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return heard.shift();
  };
  return { path, next, lifelines };
}

/** A proxy whose answer to each `watch` is given. */
function listen(t: TestContext, path: string, answer: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => answer(socket));
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

const LONG_MS = 60_000;
const word = (isServing: boolean, because: string) => `${JSON.stringify({ isServing, because })}\n`;

test("a proxy that does not run is told, found when it runs, and believed", async (t) => {
  const { path, next } = watch(t, LONG_MS);
  assert.deepEqual(await next(), { isHealthy: false, because: "not running (ENOENT)" });
  await listen(t, path, (socket) => socket.write(word(true, "all listeners accept")));
  assert.deepEqual(await next(), { isHealthy: true, because: "all listeners accept" });
});

test("what the proxy says of itself is told when it changes, however it is cut into pieces", async (t) => {
  const { path, next } = watch(t, LONG_MS);
  await next();
  await listen(t, path, (socket) => {
    const [start = "", rest = ""] = word(true, "serving").split(",");
    socket.write(start);
    setImmediate(() => socket.write(`,${rest}${word(true, "serving")}${word(false, "port 443 is taken")}`));
  });
  assert.deepEqual(await next(), { isHealthy: true, because: "serving" });
  assert.deepEqual(await next(), { isHealthy: false, because: "port 443 is taken" });
});

test("a proxy that hangs up has failed at once", async (t) => {
  const { path, next } = watch(t, LONG_MS);
  await next();
  let connections = 0;
  await listen(t, path, (socket) => {
    connections += 1;
    socket.write(word(true, "serving"));
    if (connections === 1) setImmediate(() => socket.destroy());
  });
  assert.deepEqual(await next(), { isHealthy: true, because: "serving" });
  assert.deepEqual(await next(), { isHealthy: false, because: "closed the connection" });
  assert.deepEqual(await next(), { isHealthy: true, because: "serving" });
});

test("a proxy that accepts and says nothing has failed", async (t) => {
  const { path, next } = watch(t, 100);
  await next();
  await listen(t, path, () => undefined);
  assert.deepEqual(await next(), { isHealthy: false, because: "silent for 100 ms" });
});

test("a proxy that says something else is not believed", async (t) => {
  const { path, next } = watch(t, LONG_MS);
  await next();
  await listen(t, path, (socket) => socket.write("HTTP/1.1 400 Bad Request\n"));
  assert.deepEqual(await next(), { isHealthy: false, because: "says something that is not a status" });
});

test("a lifeline is told once a connection, and given up before the successor is followed", async (t) => {
  const { path, next, lifelines } = watch(t, LONG_MS);
  await next();
  const say = (because: string, more: object) => `${JSON.stringify({ isServing: true, because, ...more })}\n`;
  const first = say("first", { lifeline: "/run/first" });
  let connections = 0;
  await listen(t, path, (socket) => {
    connections += 1;
    if (connections === 1) socket.write(`${first}${first}${say("first", { lifeline: "/run/first", hasMoved: true })}`);
    else socket.write(say("second", { lifeline: "/run/second" }));
  });
  await next();
  assert.deepEqual(await next(), { isHealthy: true, because: "second" });
  assert.deepEqual(lifelines, ["/run/first", null, "/run/second"]);
});

test("a proxy that is started again has another lifeline, though at the same path", async (t) => {
  const { path, next, lifelines } = watch(t, LONG_MS);
  await next();
  let connections = 0;
  await listen(t, path, (socket) => {
    connections += 1;
    socket.write(`${JSON.stringify({ isServing: true, because: "", lifeline: "/run/same" })}\n`);
    if (connections === 1) setImmediate(() => socket.destroy());
  });
  for (const isHealthy of [true, false, true]) assert.equal((await next())?.isHealthy, isHealthy);
  assert.deepEqual(lifelines, ["/run/same", "/run/same"]);
});
