import assert from "node:assert/strict";
import { test } from "node:test";
import { RawClient, talk } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const page = (status: number) =>
  `HTTP/1.0 ${status} Oh\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n<h1>größte Not ${status}</h1>\n`;
const errorFiles = Object.fromEntries([400, 404, 413, 503].map((status) => [String(status), page(status)]));

test("errorfiles answer for every error of the proxy's own, for no one else's", async () => {
  const origin = await RawOrigin.start(() => "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ntheirs".slice(0, -2));
  const proxy = await TestProxy.start({
    apps: [
      app1([origin.address], { limits: { bodyBytesMax: 1 } }),
      { ...app1(["127.0.0.1:1"]), app: "dead", path: "/dead/" },
    ],
    proxy: { errorFiles },
  });
  const client = await RawClient.open(proxy.port);
  const ask = async (path: string, method = "GET", fields = "") => {
    client.send(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    return client.response(method);
  };
  const body = (status: number) => Buffer.from(`<h1>größte Not ${status}</h1>\n`).toString("latin1");
  const none = await ask("/nowhere");
  assert.deepEqual([none.status, none.body], [404, body(404)]);
  assert.doesNotMatch(none.head, /^Connection:/m);
  assert.match(none.head, /^Date: /m);
  assert.equal((await ask("/nowhere", "HEAD")).body, "");
  assert.equal((await ask("/dead/")).body, body(503));
  assert.equal((await ask("/app1/")).body, "thei");
  assert.equal((await ask("/app1/", "POST", "Content-Length: 2\r\n")).body, body(413));
  const refused = await talk(proxy.port, "GET / HTTP/1.1\r\n\r\n");
  assert.match(refused, /^HTTP\/1\.1 400 Oh\r\n/);
  assert.ok(refused.endsWith(body(400)));
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("a request's identities reach the backend and the log; a broken traceparent does not", async () => {
  const origin = await RawOrigin.start();
  const tracing = { requestId: true, traceparent: true };
  const proxy = await TestProxy.start({ apps: [app1([origin.address])], proxy: { tracing } });
  const client = await RawClient.open(proxy.port);
  const ids = new Set<string>();
  for (const fields of ["", "", "traceparent: nonsense\r\n", "X-Request-ID: mine\r\n"]) {
    client.send(`GET /app1/ HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    await client.response();
    const head = origin.requests.at(-1)?.head ?? "";
    const id = /^X-Request-ID: (.*)\r?$/m.exec(`${head}\r\n`)?.[1] ?? "";
    await proxy.logged(origin.requests.length);
    assert.equal(proxy.records.at(-1)?.requestId, id.trim());
    ids.add(id);
    assert.equal(head.match(/^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-00/gim)?.length, 1);
    assert.doesNotMatch(head, /nonsense/);
  }
  assert.equal(ids.size, 4);
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("the log knows what a cookie was and what was done about it", async () => {
  const origin = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const client = await RawClient.open(proxy.port);
  for (const cookie of ["", "Cookie: SRVID_app1=b0\r\n", "Cookie: SRVID_app1=b9\r\n"]) {
    client.send(`GET /app1/ HTTP/1.1\r\nHost: a\r\n${cookie}\r\n`);
    await client.response();
  }
  await proxy.logged(3);
  assert.deepEqual(
    proxy.records.map(({ cookie, cookieAnswer }) => [cookie, cookieAnswer]),
    [
      ["none", "inserted"],
      ["valid", "none"],
      ["invalid", "inserted"],
    ],
  );
  assert.deepEqual(proxy.records[0]?.concurrency, { connections: 1, listener: 1, app: 1, backend: 1 });
  client.destroy();
  await proxy.stop();
  await origin.close();
});
