import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, type TestContext, test } from "node:test";
import { OriginProcess } from "../lib/origin-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, type Setup, TestProxy } from "../lib/test-proxy.ts";

// Backends that freeze, die or lie, and clients that vanish, never read, or never come to an end: the right status,
// nobody waits for ever, and nobody else hears of it.

const get = (path: string, fields = "") => `GET /app1${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const BOUND = "Cookie: SRVID_app1=b0\r\n";

async function start(t: TestContext, setup: Setup): Promise<{ proxy: TestProxy; client: RawClient }> {
  const proxy = await TestProxy.start(setup);
  const client = await RawClient.open(proxy.port);
  t.after(async () => {
    client.destroy();
    await proxy.stop();
  });
  return { proxy, client };
}

/**
 * Backends that can be frozen, one for each test that needs one. They are there before the first test begins: beside
 * twenty busy processes on two cores a program takes four seconds to start, and on Bun a test has five.
 */
const processes = await Promise.all(Array.from({ length: 4 }, () => OriginProcess.start()));
const unused = [...processes];
after(() => Promise.all(processes.map((origin) => origin.kill())));

function takeProcess(): OriginProcess {
  const origin = unused.pop();
  if (origin === undefined) throw new Error("more tests with a process than processes");
  return origin;
}

async function originOf(t: TestContext, answer?: (socket: Socket) => void): Promise<RawOrigin> {
  const origin = await RawOrigin.start(answer === undefined ? undefined : () => answer);
  t.after(() => origin.close());
  return origin;
}

for (const [what, octets] of [
  ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["a word without an end", "h"],
  ["HTTP's beginning with another end", "HTTP/2"],
] as const) {
  test(`a backend that begins with ${what} and goes on to be silent costs 502 at once`, async (t) => {
    const origin = await originOf(t, (socket) => socket.write(octets));
    const { client } = await start(t, { apps: [app1([origin.address])] });
    client.send(get("/"));
    assert.equal((await client.response()).status, 502);
  });
}

test("a response is waited for in whatever pieces it comes", async (t) => {
  const origin = await originOf(t, (socket) => {
    const pieces = [..."HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"];
    const next = () => {
      const piece = pieces.shift();
      if (piece !== undefined) socket.write(piece, () => setImmediate(next));
    };
    next();
  });
  const { client } = await start(t, { apps: [app1([origin.address])] });
  client.send(get("/"));
  assert.equal((await client.response()).body, "ok");
});

test("a frozen backend costs 504; when it wakes, its late answer reaches nobody", async (t) => {
  const frozen = takeProcess();
  const { client } = await start(t, { apps: [app1([frozen.address], { timeouts: { serverMs: 1 } })] });
  const { client: patient } = await start(t, { apps: [app1([frozen.address])] });
  patient.send(get("/first"));
  assert.equal((await patient.response()).body, "/first");
  frozen.freeze();
  client.send(get("/asked"));
  assert.equal((await client.response()).status, 504);
  patient.send(get("/waited-for"));
  frozen.thaw();
  assert.equal((await patient.response()).body, "/waited-for");
  client.send(get("/next", "Connection: close\r\n"));
  const { status, body } = await client.response();
  assert.ok(status === 504 || body === "/next", `${status} ${body}`);
});

test("a backend that accepts no more connections is left for another, after the connect timeout", async (t) => {
  const [full, free] = [takeProcess(), await originOf(t)];
  full.freeze();
  // Two wait in its queue; what comes behind them gets no answer from the system either.
  const waiting = await Promise.all([connectTo(full.address), connectTo(full.address)]);
  t.after(() => waiting.forEach((socket) => void socket.destroy()));
  const { proxy, client } = await start(t, {
    apps: [app1([full.address, free.address], { timeouts: { connectMs: 1 } })],
  });
  client.send(`POST /app1/ HTTP/1.1\r\nHost: a\r\n${BOUND}Content-Length: 5\r\n\r\nhello`);
  const { status, head } = await client.response();
  assert.equal(status, 200);
  assert.match(head, /Set-Cookie: SRVID_app1=b1;/);
  assert.equal(free.requests[0]?.body, "hello");
  await proxy.logged(1);
  assert.equal(proxy.records[0]?.retries, 1);
});

test("a backend that is killed within its response cuts its client off; its sessions move", async (t) => {
  const [killed, other] = [takeProcess(), await originOf(t)];
  const { proxy, client } = await start(t, { apps: [app1([killed.address, other.address])] });
  client.send(get("/endless", BOUND));
  await client.has(1);
  await killed.kill();
  assert.match(await client.closed(), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nhello$/);
  await proxy.logged(1);
  assert.equal(proxy.records[0]?.termination, "SD");
  const next = await RawClient.open(proxy.port);
  next.send(get("/", BOUND));
  assert.match((await next.response()).head, /Set-Cookie: SRVID_app1=b1;/);
  next.destroy();
});

test("a backend that is killed with idle connections costs nobody anything", async (t) => {
  const [killed, other] = [takeProcess(), await originOf(t)];
  const { client } = await start(t, { apps: [app1([killed.address, other.address])] });
  client.send(get("/", BOUND));
  await client.response();
  await killed.kill();
  for (let count = 0; count < 3; count++) {
    client.send(get("/", BOUND));
    assert.deepEqual([(await client.response()).body, other.requests.length], ["ok", count + 1]);
  }
});

for (const [name, response] of [
  ["a body shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"],
  ["a chunk cut short", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"],
] as const) {
  test(`${name} is in the log as the backend's fault, whether it ends its connection or resets it`, async (t) => {
    const ends = await originOf(t, (socket) => socket.end(response, "latin1"));
    const resets = await originOf(t, (socket) => {
      socket.write(response, "latin1", () => socket.resetAndDestroy());
    });
    for (const origin of [ends, resets]) {
      const { proxy, client } = await start(t, { apps: [app1([origin.address])] });
      client.send(get("/"));
      assert.doesNotMatch(await client.closed(), /\r\n0\r\n\r\n$/);
      await proxy.logged(1);
      assert.equal(proxy.records[0]?.termination, "SD");
    }
  });
}

test("a client that never reads loses its connection, and its backend gets its own back", async (t) => {
  let isReleased: (() => void) | undefined;
  const released = new Promise<void>((resolve) => {
    isReleased = resolve;
  });
  const origin = await originOf(t, (socket) => {
    socket.on("close", () => isReleased?.());
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    const pour = () => {
      while (socket.writable && socket.write(Buffer.alloc(65_536)));
    };
    socket.on("drain", pour);
    pour();
  });
  const { proxy, client } = await start(t, { apps: [app1([origin.address])], proxy: { timeouts: { clientMs: 1 } } });
  client.socket.pause();
  client.send(get("/"));
  await released;
  await proxy.logged(1);
  assert.equal(proxy.records[0]?.termination, "cD");
});

test("a client that never comes to the end of its head gets 408, however diligently it writes", async (t) => {
  const origin = await originOf(t);
  const { client } = await start(t, { apps: [app1([origin.address])], proxy: { timeouts: { httpRequestMs: 1 } } });
  client.send("GET /app1/ HTTP/1.1\r\nA: ");
  const drip = setInterval(() => client.send("b"), 10);
  t.after(() => clearInterval(drip));
  assert.match(await client.closed(), /^HTTP\/1\.1 408 /);
  assert.equal(origin.heard, "");
});

test("clients that vanish within a head, a body or a response leave nothing behind", async (t) => {
  const origin = await originOf(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  });
  const { proxy } = await start(t, { apps: [app1([origin.address])] });
  for (const said of [
    get("/").slice(0, 20),
    "POST /app1/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello",
    get("/"),
  ]) {
    const client = await RawClient.open(proxy.port);
    client.send(said);
    if (said.endsWith("\r\n\r\n")) await client.has(1);
    client.socket.resetAndDestroy();
  }
  await origin.seen(1);
  // Only the connection that every start opens is left.
  const isLeft = () => proxy.worker.connectionCount > 1 || origin.sockets.some(({ destroyed }) => !destroyed);
  while (isLeft()) await new Promise((resolve) => setImmediate(resolve));
});

function connectTo(address: string): Promise<Socket> {
  const [host = "", port = ""] = address.split(":");
  return new Promise((resolve) => {
    const socket: Socket = connect(Number(port), host, () => resolve(socket));
    socket.on("error", () => socket.destroy());
  });
}
