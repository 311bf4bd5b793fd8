import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { RawClient } from "../lib/raw-client.ts";
import { OK, RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const BODY_BYTES = 256 * 1024 * 1024;
const PIECE = Buffer.alloc(65_536);
/** More than all buffers of the kernel and the proxy together; far less than the body. */
const BUFFERED_MAX = 64 * 1024 * 1024;

/** Writes as much as the other side takes, for ever. */
function flood(socket: Socket): { written: () => number } {
  let written = 0;
  const pump = () => {
    while (written < BODY_BYTES) {
      written += PIECE.length;
      if (!socket.write(PIECE)) break;
    }
  };
  socket.on("drain", pump);
  pump();
  return { written: () => written };
}

/** So many exchanges on another connection that a proxy without brakes would have swallowed the body meanwhile. */
async function fence(port: number, path = "/app1/fence"): Promise<void> {
  const client = await RawClient.open(port);
  for (let count = 0; count < 500; count++) {
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.response();
  }
  client.destroy();
}

test("a client that does not read holds back its backend, and nobody else", async () => {
  let flooding: { written: () => number } | undefined;
  const origin = await RawOrigin.start(({ head }) => {
    if (head.includes("/fence")) return OK;
    return (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`);
      flooding = flood(socket);
    };
  });
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const client = await RawClient.open(proxy.port);
  client.socket.pause();
  client.send("GET /app1/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await origin.seen(1);
  await fence(proxy.port);
  assert.ok((flooding?.written() ?? 0) < BUFFERED_MAX, `${flooding?.written()} octets taken`);
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("a backend that does not read holds back its client, and nobody else", async () => {
  const slow = await RawOrigin.start();
  const quick = await RawOrigin.start();
  const proxy = await TestProxy.start({
    apps: [app1([quick.address]), app1([slow.address], { app: "slow", path: "/slow/" })],
  });
  const client = await RawClient.open(proxy.port);
  client.send(`POST /slow/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`);
  while (slow.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
  slow.sockets[0]?.pause();
  const flooding = flood(client.socket);
  await fence(proxy.port);
  assert.ok(flooding.written() < BUFFERED_MAX, `${flooding.written()} octets taken`);
  client.destroy();
  await proxy.stop();
  await slow.close();
  await quick.close();
});

test("a client that does not read but still sends is out of time itself, not its backend", async (t) => {
  const origin = await RawOrigin.start();
  const early = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`);
      flood(socket);
    });
  });
  await new Promise<void>((resolve) => early.listen(0, "127.0.0.1", resolve));
  const address = early.address();
  const proxy = await TestProxy.start({
    apps: [
      app1([`127.0.0.1:${typeof address === "object" ? address?.port : 0}`], { timeouts: { serverMs: 1 } }),
      app1([origin.address], { app: "quick", path: "/quick/" }),
    ],
    proxy: { timeouts: { clientMs: 500 } },
  });
  const client = await RawClient.open(proxy.port);
  t.after(async () => {
    client.destroy();
    await proxy.stop();
    early.close();
    await origin.close();
  });
  client.socket.pause();
  client.send("POST /app1/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  // Meanwhile all buffers on the way to the client become full.
  await fence(proxy.port, "/quick/fence");
  client.send("world");
  const isOver = () => proxy.records.find(({ app }) => app === "app1");
  while (isOver() === undefined) await proxy.logged(proxy.records.length + 1);
  assert.equal(isOver()?.termination, "cD");
});
