import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { setImmediate as immediately } from "node:timers/promises";
import type { AppInput } from "../../../config/app.ts";
import type { ProxyInput } from "../../../config/proxy.ts";
import { RawClient } from "../lib/raw-client.ts";
import { OK, RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const HANDSHAKE = `Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n`;
const SWITCHED =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";
const ask = (fields = HANDSHAKE, line = "GET /app1/chat HTTP/1.1") => `${line}\r\nHost: a\r\n${fields}\r\n`;

let origin: RawOrigin;
/** The backend's end of the last tunnel. */
let backend: Socket;
before(async () => {
  origin = await RawOrigin.start();
});
afterEach(() => {
  origin.answer = () => OK;
  origin.requests.length = 0;
  origin.received.length = 0;
});
after(() => origin.close());

/** A backend that accepts, and then sends back whatever comes. */
function echo(): void {
  origin.answer = () => (socket) => {
    backend = socket;
    socket.removeAllListeners("data");
    socket.on("data", (bytes) => socket.write(bytes));
    socket.write(SWITCHED);
  };
}

const start = (more: Partial<AppInput> = {}, proxy: Partial<ProxyInput> = {}) =>
  TestProxy.start({ apps: [app1([origin.address], { persistence: { kind: "none" }, ...more })], proxy });

test("RFC6455-4: a WebSocket handshake opens a tunnel that carries octets both ways", async () => {
  echo();
  const proxy = await start();
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  const { status, head } = await client.response();
  assert.equal(status, 101);
  assert.match(head, /^Connection: Upgrade\r\nUpgrade: websocket$/im);
  assert.match(head, /^Sec-WebSocket-Accept: x$/m);
  const sent = origin.requests[0]?.head ?? "";
  assert.match(sent, /^GET \/chat HTTP\/1\.1\r\n/);
  assert.match(sent, /\r\nConnection: Upgrade\r\nUpgrade: websocket$/);
  assert.match(sent, new RegExp(`^Sec-WebSocket-Key: ${KEY}\r$`, "m"));
  const before = client.text.length;
  // Octets that would be requests to anyone who still spoke HTTP.
  const frame = "\x81\x05helloGET /app1/ HTTP/1.1\r\n\r\n\x00\xff";
  client.send(frame);
  await client.has(before + frame.length);
  assert.equal(client.text.slice(before), frame);
  client.destroy();
  await proxy.stop();
});

test("a client that closes its half gets what the backend still says, and the exchange is one complete line", async () => {
  echo();
  const proxy = await start();
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  await client.response();
  const before = client.text.length;
  backend.removeAllListeners("end");
  backend.once("end", () => backend.end("bye"));
  client.socket.end("last words");
  const text = await client.closed();
  assert.equal(text.slice(before), "last wordsbye");
  await proxy.logged(1);
  const { status, termination, bytesIn } = proxy.records[0] ?? {};
  assert.deepEqual([status, termination, bytesIn], [101, "--", 10]);
  client.destroy();
  await proxy.stop();
});

test("a tunnel whose backend ends, ends", async () => {
  echo();
  const proxy = await start();
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  await client.response();
  backend.end("over");
  assert.match(await client.closed(), /over$/);
  await proxy.stop();
});

/** In milliseconds: longer than any test. */
const DAY_MS = 86_400_000;

for (const timeouts of [{ clientFinMs: DAY_MS, serverFinMs: 1 }, { clientFinMs: 1 }])
  test(`a backend that is silent once its client has ended has the time of server-fin: ${Object.keys(timeouts)}`, async () => {
    echo();
    const proxy = await start({}, { timeouts });
    const client = await RawClient.open(proxy.port);
    client.send(ask());
    await client.response();
    // It hears the end of the client, and keeps its own half open.
    backend.allowHalfOpen = true;
    client.socket.end();
    await client.closed();
    assert.equal(backend.writableEnded, false);
    for (const open of [client, backend]) open.destroy();
    await proxy.stop();
  });

test("a client that stays once its backend has ended has the time of client-fin", async () => {
  echo();
  const proxy = await start({}, { timeouts: { clientFinMs: 1, serverFinMs: DAY_MS } });
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  await client.response();
  backend.end();
  while (proxy.worker.connectionCount > 0) await immediately();
  client.destroy();
  await proxy.stop();
});

test("a silent tunnel ends after its timeout, and the log says so", async () => {
  echo();
  const proxy = await start({ timeouts: { tunnelMs: 1, serverMs: 1 } });
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  await client.closed();
  await proxy.logged(1);
  assert.equal(proxy.records[0]?.termination, "cD");
  await proxy.stop();
});

test("a tunnel outlives the timeouts that requests have", async () => {
  echo();
  const proxy = await start({ timeouts: { serverMs: 1 } }, { timeouts: { clientMs: 1, httpKeepAliveMs: 1 } });
  const [client, silent] = [await RawClient.open(proxy.port), await RawClient.open(proxy.port)];
  client.send(ask());
  await client.response();
  // Another connection's deadline passing shows that theirs would have passed as well.
  silent.send("GET /app1/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await silent.response().catch(() => undefined);
  await silent.closed();
  const before = client.text.length;
  client.send("still here");
  await client.has(before + 10);
  assert.equal(client.text.slice(before), "still here");
  for (const open of [client, silent]) open.destroy();
  await proxy.stop();
});

test("a backend that declines answers like to any request, and the connection goes on in HTTP", async () => {
  const proxy = await start();
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  assert.equal((await client.response()).body, "ok");
  client.send(ask(""));
  assert.equal((await client.response()).body, "ok");
  client.destroy();
  await proxy.stop();
});

test("octets that a client sends before the 101 reach the backend only behind it", async () => {
  let accept: (() => void) | undefined;
  origin.answer = () => (socket) => {
    socket.removeAllListeners("data");
    socket.on("data", (bytes) => socket.write(bytes));
    accept = () => socket.write(SWITCHED);
  };
  const proxy = await start();
  const client = await RawClient.open(proxy.port);
  client.send(`${ask()}early`);
  await origin.seen(1);
  assert.doesNotMatch(origin.text, /early/);
  accept?.();
  await client.response();
  const before = client.text.length - (client.text.endsWith("early") ? 5 : 0);
  await client.has(before + 5);
  assert.match(client.text, /early$/);
  client.destroy();
  await proxy.stop();
});

const STRIPPED: Readonly<Record<string, string>> = {
  h2c: ask("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
  "two protocols": ask(HANDSHAKE.replace("websocket", "websocket, h2c")),
  "a protocol that Connection does not name": ask(HANDSHAKE.replace(", Upgrade", "")),
  "another method": ask(HANDSHAKE, "POST /app1/chat HTTP/1.1"),
  "no key": ask(HANDSHAKE.replace(/Sec-WebSocket-Key.*\r\n/, "")),
  "a key of another length": ask(HANDSHAKE.replace(KEY, "AAAA")),
  "another version": ask(HANDSHAKE.replace("13", "8")),
  "a request with a body": ask(`${HANDSHAKE}Content-Length: 1\r\n`) + "x",
  "HTTP/1.0": ask(HANDSHAKE, "GET /app1/chat HTTP/1.0"),
};

for (const [what, request] of Object.entries(STRIPPED)) {
  test(`an upgrade with ${what} is not passed on, and a 101 to it is 502`, async () => {
    const proxy = await start();
    const client = await RawClient.open(proxy.port);
    client.send(request);
    assert.equal((await client.response()).status, 200);
    assert.doesNotMatch(origin.requests[0]?.head ?? "", /^(Upgrade|Connection|HTTP2-Settings):/im);
    client.destroy();
    origin.answer = () => SWITCHED;
    const other = await RawClient.open(proxy.port);
    other.send(request);
    assert.equal((await other.response()).status, 502);
    other.destroy();
    await proxy.stop();
  });
}

test("an app without WebSocket strips that too", async () => {
  const proxy = await start({ websocket: false });
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  assert.equal((await client.response()).status, 200);
  assert.doesNotMatch(origin.requests[0]?.head ?? "", /^Upgrade:/im);
  client.destroy();
  await proxy.stop();
});

test("a 101 that changes to something else is 502", async () => {
  origin.answer = () => SWITCHED.replace("Upgrade: websocket", "Upgrade: h2c");
  const proxy = await start();
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  assert.equal((await client.response()).status, 502);
  client.destroy();
  await proxy.stop();
});

test("a tunnel stays through a reload, and ends with the daemon", async () => {
  echo();
  const proxy = await start();
  const client = await RawClient.open(proxy.port);
  client.send(ask());
  await client.response();
  await proxy.apply({ apps: [{ ...app1([origin.address]), path: "/elsewhere/" }] });
  const before = client.text.length;
  client.send("after");
  await client.has(before + 5);
  assert.equal(client.text.slice(before), "after");
  await proxy.stop();
  await client.closed();
});
