import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type PassthroughInput, passthroughSchema, servedAs } from "../../../config/passthrough.ts";
import type { ProxyInput } from "../../../config/proxy.ts";
import { compileApp } from "../../../proxy/core/app.ts";
import { Prober } from "../../../proxy/shell/prober.ts";
import { HELLO_TLS13 } from "../lib/client-hellos.ts";
import { NOTHING_KEPT } from "../lib/core-values.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";
import { pem, TlsOrigin } from "../lib/tls-origin.ts";

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

/** Something listens there no longer. */
const DEAD = "127.0.0.1:1";
const certificates = [{ name: "main", hostnames: ["a.example"], pem: pem("a") }];

async function origin(name: string, hasHeader = false): Promise<TlsOrigin> {
  const started = await TlsOrigin.start(name, hasHeader);
  cleanUp.push(() => started.close());
  return started;
}

/** The proxy with one passthrough app for shop.example.com beside app1, which it serves itself. */
async function proxyFor(
  addresses: readonly string[],
  more: Partial<PassthroughInput> = {},
  proxy: Partial<ProxyInput> = {},
): Promise<TestProxy> {
  const plain = await RawOrigin.start();
  const shop: PassthroughInput = {
    passthrough: "shop",
    hostnames: ["shop.example.com"],
    check: { kind: "none" },
    backends: Object.fromEntries(addresses.map((address, index) => [`s${index}`, { address }])),
    ...more,
  };
  const started = await TestProxy.start({ apps: [app1([plain.address])], passthroughs: [shop], proxy, certificates });
  cleanUp.push(
    () => started.stop(),
    () => plain.close(),
  );
  return started;
}

/** A client's TLS connection, up. */
function open(proxy: TestProxy, servername: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { port: proxy.tlsPort, host: "127.0.0.1", rejectUnauthorized: false, allowHalfOpen: true };
    const socket = connectTls({ ...options, servername }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** What a client gets until it has so many characters, or the connection ends. */
function read(socket: TLSSocket, length: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (text.length >= length) resolve(text);
    });
    socket.on("end", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
}

test("a connection that asks for a passthrough app's name reaches its backend as it is", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  const client = await open(proxy, "shop.example.com");
  client.write("hello");
  assert.equal(await read(client, 8), "s0:hello");
  assert.deepEqual(backend.names, ["shop.example.com"]);
  client.end();
  await proxy.passed(1);
  const { app, backend: name, serverName, termination, listener, retries } = proxy.passages[0] ?? {};
  assert.deepEqual(
    [app, name, serverName, termination, listener, retries],
    ["shop", "s0", "shop.example.com", "--", "https", 0],
  );
});

test("all other names, and none, are served here as ever", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  for (const name of ["a.example", "other.example.com", "example.com", "x.shop.example.com"]) {
    const client = await RawClient.openTls(proxy.tlsPort, name);
    client.send("GET /app1/ HTTP/1.1\r\nHost: a.example\r\n\r\n");
    assert.equal((await client.response()).status, 200, name);
    client.destroy();
  }
  const nameless = await open(proxy, "");
  nameless.write("GET /app1/ HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  assert.match(await read(nameless, 100_000), /^HTTP\/1\.1 200 /);
  assert.deepEqual([backend.names, proxy.passages.length], [[], 0]);
});

test("a wildcard stands for one label, and gives way to names of certificates", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address], { hostnames: ["*.example"] });
  const shop = await open(proxy, "Shop.Example");
  assert.equal(await read(shop, 3), "s0:");
  const served = await RawClient.openTls(proxy.tlsPort, "a.example");
  served.send("GET /app1/ HTTP/1.1\r\nHost: a.example\r\n\r\n");
  assert.equal((await served.response()).status, 200);
  assert.deepEqual(backend.names, ["Shop.Example"]);
  for (const each of [shop, served]) each.destroy();
});

test("a hello that comes octet by octet finds its way, and what is no hello is TLS's to answer", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  const slow = await RawClient.open(proxy.tlsPort);
  for (const octet of HELLO_TLS13) slow.socket.write(Buffer.of(octet));
  await slow.has(100);
  // A handshake record with a server's hello: the backend's answer.
  assert.deepEqual([slow.text.slice(0, 3), slow.text[5]], ["\x16\x03\x03", "\x02"]);
  const plain = await RawClient.open(proxy.tlsPort);
  plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await plain.closed();
  assert.equal(proxy.records.length, 0);
  slow.destroy();
});

test("each side may end its half, and the other still says what it has to say", async () => {
  const backend = await origin("s0");
  backend.onSecure = (socket) => {
    socket.on("data", () => undefined);
    socket.on("end", () => socket.end("last words"));
  };
  const proxy = await proxyFor([backend.address]);
  const client = await open(proxy, "shop.example.com");
  client.end("bye");
  assert.equal(await read(client, 10), "last words");
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "--");
});

/** In milliseconds: longer than any test. */
const DAY_MS = 86_400_000;

test("a backend that is silent once its client has ended has the time of server-fin", async () => {
  const backend = await origin("s0");
  // It hears the end of the client, and keeps its own half open.
  backend.onSecure = (socket) => void socket.resume();
  const proxy = await proxyFor([backend.address], {}, { timeouts: { clientFinMs: DAY_MS, serverFinMs: 1 } });
  const client = await open(proxy, "shop.example.com");
  client.end();
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "--");
  client.destroy();
});

test("a client that stays once its backend has ended has the time of client-fin", async () => {
  const backend = await origin("s0");
  backend.onSecure = (socket) => void socket.end();
  const proxy = await proxyFor([backend.address], {}, { timeouts: { clientFinMs: 1, serverFinMs: DAY_MS } });
  const client = await open(proxy, "shop.example.com");
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "--");
  client.destroy();
});

test("megabytes go both ways without being held in memory", async () => {
  const size = 8_000_000;
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  const client = await open(proxy, "shop.example.com");
  const done = new Promise<number>((resolve) => {
    let got = 0;
    client.on("data", (bytes) => {
      got += bytes.length;
      if (got === size + 3) resolve(got);
    });
  });
  client.write(Buffer.alloc(size, "x"));
  assert.equal(await done, size + 3);
  client.end();
  await proxy.passed(1);
  assert.ok((proxy.passages[0]?.bytesIn ?? 0) > size);
  assert.ok((proxy.passages[0]?.bytesOut ?? 0) > size);
});

test("a backend that refuses is passed over, and a connection that nobody takes is ended", async () => {
  const backend = await origin("s1");
  const proxy = await proxyFor([DEAD, backend.address]);
  const clients = [await open(proxy, "shop.example.com"), await open(proxy, "shop.example.com")];
  assert.deepEqual(await Promise.all(clients.map((client) => read(client, 3))), ["s1:", "s1:"]);
  for (const client of clients) client.end();
  await proxy.passed(2);
  assert.deepEqual(proxy.passages.map(({ retries }) => retries).sort(), [0, 1]);
  const nobody = await proxyFor([DEAD]);
  await assert.rejects(open(nobody, "shop.example.com"));
  await nobody.passed(1);
  assert.deepEqual([nobody.passages[0]?.termination, nobody.passages[0]?.retries], ["SC", 3]);
});

test("connections wait for a backend that has one to spare", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([], { backends: { s0: { address: backend.address, sessionsMax: 1 } } });
  const first = await open(proxy, "shop.example.com");
  const second = open(proxy, "shop.example.com");
  // The second waits as soon as the proxy has read its hello.
  while (proxy.worker.trafficOf("app shop")?.queued !== 1) await new Promise(setImmediate);
  assert.equal(backend.names.length, 1);
  first.end();
  assert.equal(await read(await second, 3), "s0:");
  (await second).end();
  await proxy.passed(2);
  assert.deepEqual(
    proxy.passages.map(({ ahead }) => ahead.app),
    [0, 0],
  );
});

test("a connection waits no longer than the queue allows", async () => {
  const backend = await origin("s0");
  const backends = { s0: { address: backend.address, sessionsMax: 1 } };
  const proxy = await proxyFor([], { backends, timeouts: { queueMs: 1 } });
  const first = await open(proxy, "shop.example.com");
  await assert.rejects(open(proxy, "shop.example.com"));
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "sQ");
  first.destroy();
});

test("a backend that says nothing to a hello, and a tunnel that falls silent, end", async () => {
  const mute = await RawOrigin.start();
  cleanUp.push(() => mute.close());
  const proxy = await proxyFor([mute.address], { timeouts: { serverMs: 1 } });
  await assert.rejects(open(proxy, "shop.example.com"));
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "sD");
  const backend = await origin("s0");
  const quiet = await proxyFor([backend.address], { timeouts: { tunnelMs: 1 } });
  const client = await open(quiet, "shop.example.com").catch(() => undefined);
  await quiet.passed(1);
  assert.equal(quiet.passages[0]?.termination, "cD");
  client?.destroy();
});

test("a backend that resets the connection, and a client that does, are told apart", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  const client = await open(proxy, "shop.example.com");
  client.on("error", () => undefined);
  const other = await RawClient.open(proxy.tlsPort);
  other.socket.write(HELLO_TLS13);
  await other.has(100);
  other.socket.resetAndDestroy();
  await proxy.passed(1);
  for (const socket of backend.sockets) socket.resetAndDestroy();
  await proxy.passed(2);
  assert.deepEqual(
    proxy.passages.map(({ termination }) => termination),
    ["CD", "SD"],
  );
});

test("a backend that has ended and takes no more has cut nothing short", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  const text = "x".repeat(200_000);
  // Closed behind its last words, as web servers do: whatever comes then is answered by a reset.
  const closed = new Promise<void>((resolve) => {
    backend.onSecure = (socket) => {
      const [beneath] = backend.sockets;
      beneath?.once("close", () => resolve());
      socket.end(text, () => beneath?.destroy());
    };
  });
  const client = await open(proxy, "shop.example.com");
  client.on("error", () => undefined);
  const got = read(client, text.length);
  await closed;
  assert.equal((await got).length, text.length);
  // The first good-bye is answered by the reset, the next finds it.
  while (proxy.passages.length === 0) await new Promise((resolve) => client.write("good-bye", resolve));
  assert.equal(proxy.passages[0]?.termination, "--");
  client.destroy();
});

test("a client that asks for nothing, and one that stops within its hello, have the time of a handshake", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address], {}, { timeouts: { tlsHandshakeMs: 1 } });
  const [silent, slow] = [await RawClient.open(proxy.tlsPort), await RawClient.open(proxy.tlsPort)];
  slow.socket.write(HELLO_TLS13.subarray(0, 100));
  assert.deepEqual([await silent.closed(), await slow.closed()], ["", ""]);
});

test("a handshake that stops after its hello has that time too, where TLS ends here", async () => {
  const proxy = await proxyFor([DEAD], { hostnames: ["other.example"] }, { timeouts: { tlsHandshakeMs: 200 } });
  const stopped = await RawClient.open(proxy.tlsPort);
  stopped.socket.write(HELLO_TLS13);
  // An answer has come, and then the end.
  assert.equal((await stopped.closed()).slice(0, 3), "\x16\x03\x03");
});

test("connections are counted for the listener, the app and the backend", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  const client = await open(proxy, "shop.example.com");
  assert.equal(proxy.worker.connectionCount, 1);
  const keys = ["listener https", "app shop", `backend shop s0 ${backend.address}`];
  const sessions = () => keys.map((key) => proxy.worker.trafficOf(key)?.sessions);
  assert.deepEqual(sessions(), [1, 1, 1]);
  client.end();
  await proxy.passed(1);
  assert.deepEqual(sessions(), [0, 0, 0]);
  assert.equal(proxy.worker.connectionCount, 0);
  assert.deepEqual(
    keys.map((key) => (proxy.worker.trafficOf(key)?.bytesOut ?? 0) > 1_000),
    [true, true, true],
  );
});

test("the limit of an address holds for tunnels too", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address], {}, { limits: { connectionsPerAddressMax: 1 } });
  const client = await open(proxy, "shop.example.com");
  await assert.rejects(open(proxy, "shop.example.com"));
  assert.equal(proxy.worker.trafficOf("listener https")?.denied, 1);
  client.destroy();
});

test("who the client is stands before its own octets, where the backend wants it", async () => {
  const backend = await origin("s0", true);
  const proxy = await proxyFor([backend.address], { proxyProtocol: true });
  const client = await open(proxy, "shop.example.com");
  assert.equal(await read(client, 3), "s0:");
  assert.deepEqual(backend.headers, [
    { kind: "header", length: 28, source: { address: "127.0.0.1", port: client.localPort } },
  ]);
  client.destroy();
});

test("checks complete a handshake for the app's name, and say first that they are nobody's", async () => {
  const backend = await origin("s0", true);
  const config = passthroughSchema.parse({
    passthrough: "shop",
    hostnames: ["*.example.com", "shop.example.com"],
    proxyProtocol: true,
    check: { intervalMs: 1, fastIntervalMs: 1 },
    backends: { s0: { address: backend.address }, s1: { address: DEAD } },
  });
  const app = compileApp(servedAs(config), {}, 100, NOTHING_KEPT);
  const down = Promise.withResolvers<string>();
  const prober = new Prober(({ backend: { name }, outcome }) => down.resolve(`${name} ${outcome.code}`));
  prober.update({ apps: [app] });
  assert.equal(await down.promise, "s1 L4CON");
  await backend.seen(2);
  prober.stop();
  assert.equal(backend.names[0], "shop.example.com");
  assert.deepEqual(backend.headers[0], { kind: "header", length: 16, source: undefined });
});

test("a reload makes passthrough of a name and takes it back, and the tunnels that stand go on", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  const client = await open(proxy, "shop.example.com");
  client.write("a");
  const text = read(client, 5);
  await proxy.apply({ apps: [app1([DEAD])], certificates });
  const served = await RawClient.openTls(proxy.tlsPort, "shop.example.com");
  served.send("GET /x HTTP/1.1\r\nHost: shop.example.com\r\n\r\n");
  assert.equal((await served.response()).status, 404);
  client.write("b");
  assert.equal(await text, "s0:ab");
  for (const each of [client, served]) each.destroy();
});

test("a drain lets tunnels live for as long as it may itself", async () => {
  const backend = await origin("s0");
  const proxy = await proxyFor([backend.address]);
  const client = await open(proxy, "shop.example.com");
  const text = read(client, 4);
  const drained = proxy.worker.drain(60_000, "prompt");
  client.write("x");
  assert.equal(await text, "s0:x");
  await assert.rejects(
    new Promise((resolve, reject) => {
      connect(proxy.tlsPort, "127.0.0.1", () => resolve("accepted")).on("error", reject);
    }),
  );
  client.end();
  await drained;
  assert.equal(proxy.passages[0]?.termination, "--");
});
