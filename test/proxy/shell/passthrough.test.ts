import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { passthroughSchema, servedAs } from "../../../config/passthrough.ts";
import { compileApp } from "../../../proxy/core/app.ts";
import { Prober } from "../../../proxy/shell/prober.ts";
import { HELLO_TLS13 } from "../lib/client-hellos.ts";
import { NOTHING_KEPT } from "../lib/core-values.ts";
import { certificates, DEAD, openTunnel, originFor, proxyFor, readUntil } from "../lib/passthrough.ts";
import { RawClient } from "../lib/raw-client.ts";
import { app1 } from "../lib/test-proxy.ts";

test("a connection that asks for a passthrough app's name reaches its backend as it is", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
  const client = await openTunnel(proxy, "shop.example.com");
  client.write("hello");
  assert.equal(await readUntil(client, 8), "s0:hello");
  assert.deepEqual(backend.names, ["shop.example.com"]);
  client.end();
  await proxy.passed(1);
  const { app, backend: name, serverName, termination, listener, retries } = proxy.passages[0] ?? {};
  assert.deepEqual(
    [app, name, serverName, termination, listener, retries],
    ["shop", "s0", "shop.example.com", "--", "https", 0],
  );
});

test("all other names, and none, are served here as ever", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
  for (const name of ["a.example", "other.example.com", "example.com", "x.shop.example.com"]) {
    const client = await RawClient.openTls(proxy.tlsPort, name);
    client.send("GET /app1/ HTTP/1.1\r\nHost: a.example\r\n\r\n");
    assert.equal((await client.response()).status, 200, name);
    client.destroy();
  }
  const nameless = await openTunnel(proxy, "");
  nameless.write("GET /app1/ HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  assert.match(await readUntil(nameless, 100_000), /^HTTP\/1\.1 200 /);
  assert.deepEqual([backend.names, proxy.passages.length], [[], 0]);
});

test("a wildcard stands for one label, and gives way to names of certificates", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address], { hostnames: ["*.example"] });
  const shop = await openTunnel(proxy, "Shop.Example");
  assert.equal(await readUntil(shop, 3), "s0:");
  const served = await RawClient.openTls(proxy.tlsPort, "a.example");
  served.send("GET /app1/ HTTP/1.1\r\nHost: a.example\r\n\r\n");
  assert.equal((await served.response()).status, 200);
  assert.deepEqual(backend.names, ["Shop.Example"]);
  for (const each of [shop, served]) each.destroy();
});

test("a hello that comes octet by octet finds its way, and what is no hello is TLS's to answer", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
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

test("megabytes go both ways without being held in memory", async (t) => {
  const size = 8_000_000;
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
  const client = await openTunnel(proxy, "shop.example.com");
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

test("a backend that refuses is passed over, and a connection that nobody takes is ended", async (t) => {
  const backend = await originFor(t, "s1");
  const proxy = await proxyFor(t, [DEAD, backend.address]);
  const clients = [await openTunnel(proxy, "shop.example.com"), await openTunnel(proxy, "shop.example.com")];
  assert.deepEqual(await Promise.all(clients.map((client) => readUntil(client, 3))), ["s1:", "s1:"]);
  for (const client of clients) client.end();
  await proxy.passed(2);
  assert.deepEqual(proxy.passages.map(({ retries }) => retries).sort(), [0, 1]);
  const nobody = await proxyFor(t, [DEAD]);
  await assert.rejects(openTunnel(nobody, "shop.example.com"));
  await nobody.passed(1);
  assert.deepEqual([nobody.passages[0]?.termination, nobody.passages[0]?.retries], ["SC", 3]);
});

test("connections wait for a backend that has one to spare", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [], { backends: { s0: { address: backend.address, sessionsMax: 1 } } });
  const first = await openTunnel(proxy, "shop.example.com");
  const second = openTunnel(proxy, "shop.example.com");
  // The second waits as soon as the proxy has read its hello.
  while (proxy.worker.trafficOf("app shop")?.queued !== 1) await new Promise(setImmediate);
  assert.equal(backend.names.length, 1);
  first.end();
  assert.equal(await readUntil(await second, 3), "s0:");
  (await second).end();
  await proxy.passed(2);
  assert.deepEqual(
    proxy.passages.map(({ ahead }) => ahead.app),
    [0, 0],
  );
});

test("a connection waits no longer than the queue allows", async (t) => {
  const backend = await originFor(t, "s0");
  const backends = { s0: { address: backend.address, sessionsMax: 1 } };
  const proxy = await proxyFor(t, [], { backends, timeouts: { queueMs: 1 } });
  const first = await openTunnel(proxy, "shop.example.com");
  await assert.rejects(openTunnel(proxy, "shop.example.com"));
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "sQ");
  first.destroy();
});

test("connections are counted for the listener, the app and the backend", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
  const client = await openTunnel(proxy, "shop.example.com");
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

test("the limit of an address holds for tunnels too", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address], {}, { limits: { connectionsPerAddressMax: 1 } });
  const client = await openTunnel(proxy, "shop.example.com");
  await assert.rejects(openTunnel(proxy, "shop.example.com"));
  assert.equal(proxy.worker.trafficOf("listener https")?.denied, 1);
  client.destroy();
});

test("who the client is stands before its own octets, where the backend wants it", async (t) => {
  const backend = await originFor(t, "s0", true);
  const proxy = await proxyFor(t, [backend.address], { proxyProtocol: true });
  const client = await openTunnel(proxy, "shop.example.com");
  assert.equal(await readUntil(client, 3), "s0:");
  assert.deepEqual(backend.headers, [
    { kind: "header", length: 28, source: { address: "127.0.0.1", port: client.localPort } },
  ]);
  client.destroy();
});

test("checks complete a handshake for the app's name, and say first that they are nobody's", async (t) => {
  const backend = await originFor(t, "s0", true);
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

test("a reload makes passthrough of a name and takes it back, and the tunnels that stand go on", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
  const client = await openTunnel(proxy, "shop.example.com");
  client.write("a");
  const text = readUntil(client, 5);
  await proxy.apply({ apps: [app1([DEAD])], certificates });
  const served = await RawClient.openTls(proxy.tlsPort, "shop.example.com");
  served.send("GET /x HTTP/1.1\r\nHost: shop.example.com\r\n\r\n");
  assert.equal((await served.response()).status, 404);
  client.write("b");
  assert.equal(await text, "s0:ab");
  for (const each of [client, served]) each.destroy();
});

test("a drain lets tunnels live for as long as it may itself", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
  const client = await openTunnel(proxy, "shop.example.com");
  const text = readUntil(client, 4);
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
