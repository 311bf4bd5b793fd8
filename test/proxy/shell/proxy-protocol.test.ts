import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { after, test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { ProxyInput } from "../../../config/proxy.ts";
import { encodeLocalHeader, encodeProxyHeader } from "../../../proxy/wire/proxy-protocol.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, type Setup, TestProxy } from "../lib/test-proxy.ts";
import { pem, TlsOrigin } from "../lib/tls-origin.ts";

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const certificates = [{ name: "main", hostnames: ["a.example"], pem: pem("a") }];
const CLIENT = { address: "192.0.2.1", port: 4711 };
const HEADER = Buffer.from(encodeProxyHeader(CLIENT, { address: "192.0.2.9", port: 443 }));
const ASK = "GET /app1/ HTTP/1.1\r\nHost: a.example\r\n\r\n";

async function start(over: Partial<Setup> = {}): Promise<{ proxy: TestProxy; origin: RawOrigin }> {
  const origin = await RawOrigin.start();
  const setup: Setup = { apps: [app1([origin.address])], certificates, proxyProtocol: ["127.0.0.0/8"], ...over };
  const proxy = await TestProxy.start(setup);
  cleanUp.push(
    () => proxy.stop(),
    () => origin.close(),
  );
  return { proxy, origin };
}

/** TLS behind a header. */
function openTls(port: number, header: Uint8Array, servername = "a.example"): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ port, host: "127.0.0.1" }, () => {
      socket.write(header);
      const secure = connectTls({ socket, servername, rejectUnauthorized: false }, () => resolve(secure));
      secure.once("error", reject);
    });
    socket.once("error", reject);
  });
}

function firstOf(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => socket.once("data", (bytes: Buffer) => resolve(bytes.toString("latin1"))));
}

for (const [version, header] of [
  ["1", Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.9 4711 443\r\n")],
  ["2", HEADER],
] as const) {
  test(`version ${version}: the client is the one that the proxy in front names, in fields and log`, async () => {
    const { proxy, origin } = await start();
    const client = await RawClient.open(proxy.port);
    client.socket.write(Buffer.concat([header, Buffer.from(ASK)]));
    assert.equal((await client.response()).status, 200);
    assert.match(origin.requests[0]?.head ?? "", /^X-Forwarded-For: 192\.0\.2\.1\r?$/m);
    await proxy.logged(1);
    assert.equal(proxy.records[0]?.client, "192.0.2.1:4711");
    client.destroy();
  });

  test(`version ${version}: it may stand before TLS, and come octet by octet`, async () => {
    const { proxy, origin } = await start();
    const client = await openTls(proxy.tlsPort, header);
    client.write(ASK);
    assert.match(await firstOf(client), /^HTTP\/1\.1 200 /);
    assert.match(origin.requests[0]?.head ?? "", /^X-Forwarded-For: 192\.0\.2\.1\r?$/m);
    const slow = await RawClient.open(proxy.port);
    for (const octet of header) slow.socket.write(Buffer.of(octet));
    slow.send(ASK);
    assert.equal((await slow.response()).status, 200);
    for (const each of [client, slow]) each.destroy();
  });
}

test("a connection of the proxy's own has its address", async () => {
  const { proxy, origin } = await start();
  const client = await RawClient.open(proxy.port);
  client.socket.write(Buffer.concat([encodeLocalHeader(), Buffer.from(ASK)]));
  assert.equal((await client.response()).status, 200);
  assert.match(origin.requests[0]?.head ?? "", /^X-Forwarded-For: 127\.0\.0\.1\r?$/m);
  client.destroy();
});

test("the header is a duty, and what follows something else is not looked at", async () => {
  const { proxy, origin } = await start();
  for (const octets of [ASK, "PROXY TCP4 192.0.2.1 192.0.2.9 4711 99999\r\n"]) {
    const client = await RawClient.open(proxy.port);
    client.send(octets + ASK);
    assert.equal(await client.closed(), "");
  }
  assert.equal(proxy.worker.trafficOf("listener http")?.requestErrors, 2);
  assert.deepEqual([origin.requests.length, proxy.records.length], [0, 0]);
});

test("nobody else is let in, whatever they say", async () => {
  const { proxy, origin } = await start({ proxyProtocol: ["192.0.2.0/24"] });
  const client = await RawClient.open(proxy.port);
  client.socket.write(Buffer.concat([HEADER, Buffer.from(ASK)]));
  assert.equal(await client.closed(), "");
  assert.deepEqual([proxy.worker.trafficOf("listener http")?.denied, origin.requests.length], [1, 0]);
});

test("a header that does not come, or not to its end, has the time of a handshake", async () => {
  const proxyInput: Partial<ProxyInput> = { timeouts: { tlsHandshakeMs: 1 } };
  const { proxy } = await start({ proxy: proxyInput });
  const [silent, slow] = [await RawClient.open(proxy.port), await RawClient.open(proxy.tlsPort)];
  slow.socket.write(HEADER.subarray(0, 20));
  assert.deepEqual([await silent.closed(), await slow.closed()], ["", ""]);
});

test("limits of an address are those of the client named", async () => {
  const { proxy } = await start({ proxy: { limits: { connectionsPerAddressMax: 1 } } });
  const other = Buffer.from(encodeProxyHeader({ address: "192.0.2.2", port: 1 }, { address: "192.0.2.9", port: 443 }));
  const clients = [await openTls(proxy.tlsPort, HEADER), await openTls(proxy.tlsPort, other)];
  for (const client of clients) {
    client.write(ASK);
    assert.match(await firstOf(client), /^HTTP\/1\.1 200 /);
  }
  const third = await openTls(proxy.tlsPort, HEADER);
  await new Promise((resolve) => third.once("close", resolve));
  assert.equal(proxy.worker.trafficOf("listener https")?.denied, 1);
  for (const client of clients) client.destroy();
});

test("a client named before is not another's after its connection has ended", async () => {
  const { proxy } = await start();
  const first = await openTls(proxy.tlsPort, HEADER);
  first.write(ASK);
  await firstOf(first);
  const second = await openTls(proxy.tlsPort, encodeLocalHeader());
  second.write(ASK);
  await firstOf(second);
  await proxy.logged(2);
  assert.deepEqual(
    proxy.records.map(({ client }) => client.split(":")[0]),
    ["192.0.2.1", "127.0.0.1"],
  );
  for (const client of [first, second]) client.destroy();
});

test("who a proxy in front names is passed on to backends that end TLS themselves", async () => {
  const backend = await TlsOrigin.start("s0", true);
  cleanUp.push(() => backend.close());
  const shop = {
    passthrough: "shop",
    hostnames: ["shop.example.com"],
    proxyProtocol: true,
    check: { kind: "none" as const },
    backends: { s0: { address: backend.address } },
  };
  const { proxy } = await start({ passthroughs: [shop] });
  const client = await openTls(proxy.tlsPort, HEADER, "shop.example.com");
  assert.equal(await firstOf(client), "s0:");
  assert.deepEqual(backend.headers, [{ kind: "header", length: 28, source: CLIENT }]);
  client.destroy();
});
