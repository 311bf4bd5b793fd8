import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// What a backend gets of requests that are served: one reading of each.

let origin: RawOrigin;
let proxy: TestProxy;
before(async () => {
  origin = await RawOrigin.start();
  proxy = await TestProxy.start({ apps: [app1([origin.address])] });
});
afterEach(() => {
  origin.requests.length = 0;
});
after(async () => {
  await proxy.stop();
  await origin.close();
});

const ADDED = [
  "X-Forwarded-For: 127.0.0.1",
  "X-Forwarded-Proto: http",
  "X-Forwarded-Host: example.com",
  "X-Forwarded-Prefix: /app1",
];

/** Lines of the head that the backend got for a request. */
async function forwarded(request: string): Promise<string[]> {
  const client = await RawClient.open(proxy.port);
  client.send(request);
  assert.equal((await client.response()).status, 200);
  client.destroy();
  assert.equal(origin.requests.length, 1);
  return origin.requests[0]?.head.split("\r\n") ?? [];
}

const get = (fields: string) => `GET /app1/x HTTP/1.1\r\nHost: example.com\r\n${fields}\r\n`;

const rows: readonly (readonly [string, string, readonly string[]])[] = [
  ["fields keep their order, their case and their spaces", "b: 2\r\nA:  1 \r\nb:3\r\n", ["b: 2", "A:  1 ", "b:3"]],
  [
    "RFC9110-7.6.1: hop-by-hop fields end here",
    "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nTrailer: X\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nA: b\r\n",
    ["A: b"],
  ],
  [
    "RFC9110-7.6.1: fields that Connection names end here",
    "Connection: keep-alive, X-Secret\r\nX-Secret: 1\r\nA: b\r\nx-secret: 2\r\n",
    ["A: b"],
  ],
  [
    "a client can't have Host, Cookie or Authorization removed",
    "Connection: Host, Cookie, Authorization\r\nCookie: a=b\r\nAuthorization: Basic eA==\r\n",
    ["Cookie: a=b", "Authorization: Basic eA=="],
  ],
  [
    "a client's own X-Forwarded-* and Forwarded are dropped",
    "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nX-Real-IP: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n",
    [],
  ],
  ["names with underscores are dropped", "X_Forwarded_For: 1.2.3.4\r\nA_B: c\r\nContent_Length: 5\r\n", []],
  ["RFC3875-4.1.18: Proxy is dropped (httpoxy)", "Proxy: http://evil/\r\n", []],
  [
    "RFC9110-7.8: h2c is not offered to the backend",
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n",
    [],
  ],
];

for (const [name, fields, kept] of rows) {
  test(name, async () => {
    assert.deepEqual(await forwarded(get(fields)), ["GET /x HTTP/1.1", "Host: example.com", ...kept, ...ADDED]);
  });
}

test("RFC9112-3.2.2: an absolute target goes on in origin form", async () => {
  const lines = await forwarded("GET http://EXAMPLE.com/app1/x?y HTTP/1.1\r\nHost: example.COM\r\n\r\n");
  assert.deepEqual(lines.slice(0, 2), ["GET /x?y HTTP/1.1", "Host: example.COM"]);
});

const paths: readonly (readonly [string, string])[] = [
  ["/app2/../app1/x", "/x"],
  ["/app2/%2e%2e/app1/x", "/x"],
  ["//app1//y", "/y"],
  ["/%61pp1/%7e%2A", "/~%2A"],
  ["/app1/%e9%2a", "/%E9%2A"],
  ["/app1/./a/../b/.", "/b/"],
  ["/app1/a;b=c/d", "/a;b=c/d"],
  ["/app1/%252e%252e/", "/%252e%252e/"],
  ["/app1/?a=/../%zz\\", "/?a=/../%zz\\"],
];

for (const [path, expected] of paths) {
  test(`RFC3986-6.2.2: ${path} is routed on and forwarded as ${expected}`, async () => {
    const lines = await forwarded(`GET ${path} HTTP/1.1\r\nHost: example.com\r\n\r\n`);
    assert.equal(lines[0], `GET ${expected} HTTP/1.1`);
  });
}

test("a GET with a body is read by its framing, and what follows is the next request", async () => {
  const client = await RawClient.open(proxy.port);
  const body = "GET /app1/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(`GET /app1/x HTTP/1.1\r\nHost: example.com\r\nContent-Length: ${body.length}\r\n\r\n${body}${get("")}`);
  await client.response();
  await client.response();
  assert.deepEqual(
    origin.requests.map(({ head, body: got }) => [head.split(" HTTP")[0], got]),
    [
      ["GET /x", body],
      ["GET /x", ""],
    ],
  );
  client.destroy();
});

test("HTTP/1.0 without Host: the backend gets its own name and a request of HTTP/1.1", async () => {
  const lines = await forwarded("GET /app1/x HTTP/1.0\r\n\r\n");
  assert.deepEqual(lines.slice(0, 2), ["GET /x HTTP/1.1", `Host: ${origin.address}`]);
});

test("an empty line before a request is ignored", async () => {
  const lines = await forwarded(`\r\n${get("")}`);
  assert.equal(lines[0], "GET /x HTTP/1.1");
});
