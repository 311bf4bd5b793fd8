import assert from "node:assert/strict";
import { test } from "node:test";
import { RawClient } from "../lib/raw-client.ts";
import { OK, RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const get = (method = "GET", fields = "") => `${method} /app1/ HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

/** A place where nobody listens. */
const DEAD = "127.0.0.1:1";

test("a refused connection is tried on another backend at once, for every method", async () => {
  const origin = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([DEAD, DEAD, origin.address])] });
  const client = await RawClient.open(proxy.port);
  client.send(`${get("POST", "Content-Length: 5\r\n")}hello`);
  const response = await client.response();
  assert.equal(response.body, "ok");
  assert.match(response.head, /Set-Cookie: SRVID_app1=b2;/);
  assert.equal(origin.requests[0]?.body, "hello");
  await proxy.logged(1);
  assert.deepEqual([proxy.records[0]?.retries, proxy.records[0]?.backend], [2, "b2"]);
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("a session whose backend refuses is moved, and told so by a new cookie", async () => {
  const origin = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([DEAD, origin.address])] });
  const client = await RawClient.open(proxy.port);
  client.send(get("GET", "Cookie: SRVID_app1=b0\r\n"));
  assert.match((await client.response()).head, /Set-Cookie: SRVID_app1=b1;/);
  client.send(get("GET", "Cookie: SRVID_app1=b1\r\n"));
  assert.doesNotMatch((await client.response()).head, /Set-Cookie/);
  await proxy.logged(2);
  assert.deepEqual(
    proxy.records.map(({ cookie }) => cookie),
    ["valid", "valid"],
  );
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("when every backend refuses, the client gets 503, and its connection lives on", async () => {
  const proxy = await TestProxy.start({ apps: [app1([DEAD, DEAD])] });
  const client = await RawClient.open(proxy.port);
  for (let count = 0; count < 2; count++) {
    client.send(get());
    assert.equal((await client.response()).status, 503);
  }
  await proxy.logged(2);
  assert.deepEqual([proxy.records[0]?.retries, proxy.records[0]?.termination], [3, "SC"]);
  client.destroy();
  await proxy.stop();
});

test("an idle connection that the backend closes under a GET is replaced, and nobody notices", async () => {
  let isClosing = false;
  const origin = await RawOrigin.start(({ connection }) => (socket) => {
    if (isClosing && connection === 0) socket.destroy();
    else socket.write(OK);
  });
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const client = await RawClient.open(proxy.port);
  client.send(get());
  await client.response();
  isClosing = true;
  client.send(get());
  assert.equal((await client.response()).body, "ok");
  await proxy.logged(2);
  assert.equal(proxy.records[1]?.retries, 1);
  assert.deepEqual(
    origin.requests.map(({ connection }) => connection),
    [0, 0, 1],
  );
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("a fresh connection that ends without a response gives 502: who knows what the backend did", async () => {
  const origin = await RawOrigin.start(() => (socket) => socket.destroy());
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const client = await RawClient.open(proxy.port);
  client.send(get());
  assert.equal((await client.response()).status, 502);
  assert.equal(origin.requests.length, 1);
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("what could not be sent again never goes over an idle connection: a POST, and whatever has a body", async () => {
  const origin = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const client = await RawClient.open(proxy.port);
  for (const [method, body] of [
    ["GET", ""],
    ["GET", ""],
    ["POST", ""],
    ["PUT", ""],
    ["PUT", "hello"],
    ["GET", ""],
  ] as const) {
    client.send(get(method, `Content-Length: ${body.length}\r\n`) + body);
    await client.response();
  }
  assert.deepEqual(
    origin.requests.map(({ connection }) => connection),
    [0, 0, 1, 1, 2, 2],
  );
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("octets on an idle connection end it: they can't be the answer to anything", async () => {
  const origin = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const client = await RawClient.open(proxy.port);
  client.send(get());
  await client.response();
  const [socket] = origin.sockets;
  assert.ok(socket !== undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  await closed;
  client.send(get());
  assert.equal((await client.response()).body, "ok");
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("a backend that says nothing costs its client 504 after the server timeout", async () => {
  const origin = await RawOrigin.start(() => () => undefined);
  const proxy = await TestProxy.start({ apps: [app1([origin.address], { timeouts: { serverMs: 1 } })] });
  const client = await RawClient.open(proxy.port);
  client.send(get());
  assert.equal((await client.response()).status, 504);
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("a client that never ends its head gets 408", async () => {
  const proxy = await TestProxy.start({
    apps: [app1(["127.0.0.1:1"])],
    proxy: { timeouts: { httpRequestMs: 1 } },
  });
  const client = await RawClient.open(proxy.port);
  client.send("GET /app1/ HTTP/1.1\r\n");
  assert.match(await client.closed(), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  await proxy.stop();
});

test("a client that sends nothing is let go without a word", async () => {
  const proxy = await TestProxy.start({
    apps: [app1(["127.0.0.1:1"])],
    proxy: { timeouts: { httpRequestMs: 1 } },
  });
  const client = await RawClient.open(proxy.port);
  assert.equal(await client.closed(), "");
  await proxy.stop();
});

test("a client that falls silent in its body gets 408, and its backend is left", async () => {
  const origin = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([origin.address])], proxy: { timeouts: { clientMs: 1 } } });
  const client = await RawClient.open(proxy.port);
  client.send(get("POST", "Content-Length: 10\r\n"));
  assert.match(await client.closed(), /^HTTP\/1\.1 408 /);
  await proxy.logged(1);
  assert.equal(proxy.records[0]?.termination, "cH");
  assert.equal(origin.requests.length, 0);
  await proxy.stop();
  await origin.close();
});

const UNAVAILABLE = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";

test("a status that the app wants retried is seen by nobody while another backend can answer", async () => {
  const [busy, free] = [await RawOrigin.start(() => UNAVAILABLE), await RawOrigin.start()];
  const retries = { statuses: [503] };
  const proxy = await TestProxy.start({ apps: [app1([busy.address, free.address], { retries })] });
  const client = await RawClient.open(proxy.port);
  client.send(get("GET", "Cookie: SRVID_app1=b0\r\n"));
  const { status, head } = await client.response();
  assert.equal(status, 200);
  assert.match(head, /Set-Cookie: SRVID_app1=b1;/);
  client.send(get("POST", "Cookie: SRVID_app1=b0\r\nContent-Length: 0\r\n"));
  assert.deepEqual(await client.response().then(({ status, body }) => [status, body]), [503, "busy"]);
  await proxy.logged(2);
  assert.deepEqual(
    proxy.records.map(({ retries }) => retries),
    [1, 0],
  );
  client.destroy();
  await proxy.stop();
  await Promise.all([busy.close(), free.close()]);
});

test("when every attempt gets such a status, the client gets the last", async () => {
  const busy = await RawOrigin.start(() => UNAVAILABLE);
  const retries = { statuses: [503], attemptsMax: 2 };
  const proxy = await TestProxy.start({ apps: [app1([busy.address], { retries })] });
  const client = await RawClient.open(proxy.port);
  client.send(get());
  assert.deepEqual(await client.response().then(({ status, body }) => [status, body]), [503, "busy"]);
  assert.equal(busy.requests.length, 3);
  client.destroy();
  await proxy.stop();
  await busy.close();
});

test("a response that never comes is retried elsewhere on request", async () => {
  const [silent, free] = [await RawOrigin.start(() => () => undefined), await RawOrigin.start()];
  const more = { retries: { on: ["responseTimeout" as const] }, timeouts: { serverMs: 1 } };
  const proxy = await TestProxy.start({ apps: [app1([silent.address, free.address], more)] });
  const client = await RawClient.open(proxy.port);
  client.send(get("GET", "Cookie: SRVID_app1=b0\r\n"));
  assert.equal((await client.response()).body, "ok");
  client.destroy();
  await proxy.stop();
  await Promise.all([silent.close(), free.close()]);
});

test("a backend that fails requests in a row is told of, once for each time", async () => {
  const origin = await RawOrigin.start(() => UNAVAILABLE);
  const observe = { layer: "layer7" as const, errorLimit: 2 };
  const proxy = await TestProxy.start({ apps: [app1([origin.address], { observe })] });
  const client = await RawClient.open(proxy.port);
  const told: number[] = [];
  for (let count = 0; count < 4; count++) {
    client.send(get());
    await client.response();
    told.push(proxy.troubles.length);
  }
  assert.deepEqual(told, [0, 1, 1, 2]);
  client.destroy();
  await proxy.stop();
  await origin.close();
});
