import assert from "node:assert/strict";
import { test } from "node:test";
import { HELLO_TLS13 } from "../lib/client-hellos.ts";
import { DEAD, openTunnel, originFor, proxyFor, readUntil } from "../lib/passthrough.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";

// How tunnels to passthrough apps end: in halves, by silence, by resets.

test("each side may end its half, and the other still says what it has to say", async (t) => {
  const backend = await originFor(t, "s0");
  backend.onSecure = (socket) => {
    socket.on("data", () => undefined);
    socket.on("end", () => socket.end("last words"));
  };
  const proxy = await proxyFor(t, [backend.address]);
  const client = await openTunnel(proxy, "shop.example.com");
  client.end("bye");
  assert.equal(await readUntil(client, 10), "last words");
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "--");
});

/** In milliseconds: longer than any test. */
const DAY_MS = 86_400_000;

test("a backend that is silent once its client has ended has the time of server-fin", async (t) => {
  const backend = await originFor(t, "s0");
  // It hears the end of the client, and keeps its own half open.
  backend.onSecure = (socket) => void socket.resume();
  const proxy = await proxyFor(t, [backend.address], {}, { timeouts: { clientFinMs: DAY_MS, serverFinMs: 1 } });
  const client = await openTunnel(proxy, "shop.example.com");
  client.end();
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "--");
  client.destroy();
});

test("a client that stays once its backend has ended has the time of client-fin", async (t) => {
  const backend = await originFor(t, "s0");
  backend.onSecure = (socket) => void socket.end();
  const proxy = await proxyFor(t, [backend.address], {}, { timeouts: { clientFinMs: 1, serverFinMs: DAY_MS } });
  const client = await openTunnel(proxy, "shop.example.com");
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "--");
  client.destroy();
});

test("a backend that says nothing to a hello, and a tunnel that falls silent, end", async (t) => {
  const mute = await RawOrigin.start();
  t.after(() => mute.close());
  const proxy = await proxyFor(t, [mute.address], { timeouts: { serverMs: 1 } });
  await assert.rejects(openTunnel(proxy, "shop.example.com"));
  await proxy.passed(1);
  assert.equal(proxy.passages[0]?.termination, "sD");
  const backend = await originFor(t, "s0");
  const quiet = await proxyFor(t, [backend.address], { timeouts: { tunnelMs: 1 } });
  const client = await openTunnel(quiet, "shop.example.com").catch(() => undefined);
  await quiet.passed(1);
  assert.equal(quiet.passages[0]?.termination, "cD");
  client?.destroy();
});

test("a backend that resets the connection, and a client that does, are told apart", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
  const client = await openTunnel(proxy, "shop.example.com");
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

test("a backend that has ended and takes no more has cut nothing short", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address]);
  const text = "x".repeat(200_000);
  // Closed behind its last words, as web servers do: whatever comes then is answered by a reset.
  const closed = new Promise<void>((resolve) => {
    backend.onSecure = (socket) => {
      const [beneath] = backend.sockets;
      beneath?.once("close", () => resolve());
      socket.end(text, () => beneath?.destroy());
    };
  });
  const client = await openTunnel(proxy, "shop.example.com");
  client.on("error", () => undefined);
  const got = readUntil(client, text.length);
  await closed;
  assert.equal((await got).length, text.length);
  // The first good-bye is answered by the reset, the next finds it.
  while (proxy.passages.length === 0) await new Promise((resolve) => client.write("good-bye", resolve));
  assert.equal(proxy.passages[0]?.termination, "--");
  client.destroy();
});

test("a client that asks for nothing, and one that stops within its hello, have the time of a handshake", async (t) => {
  const backend = await originFor(t, "s0");
  const proxy = await proxyFor(t, [backend.address], {}, { timeouts: { tlsHandshakeMs: 1 } });
  const [silent, slow] = [await RawClient.open(proxy.tlsPort), await RawClient.open(proxy.tlsPort)];
  slow.socket.write(HELLO_TLS13.subarray(0, 100));
  assert.deepEqual([await silent.closed(), await slow.closed()], ["", ""]);
});

test("a handshake that stops after its hello has that time too, where TLS ends here", async (t) => {
  const proxy = await proxyFor(t, [DEAD], { hostnames: ["other.example"] }, { timeouts: { tlsHandshakeMs: 200 } });
  const stopped = await RawClient.open(proxy.tlsPort);
  stopped.socket.write(HELLO_TLS13);
  // An answer has come, and then the end.
  assert.equal((await stopped.closed()).slice(0, 3), "\x16\x03\x03");
});
