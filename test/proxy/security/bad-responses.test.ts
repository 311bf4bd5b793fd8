import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RawClient, type SeenResponse } from "../lib/raw-client.ts";
import { OK, RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// Backends that lie about their framing. The client gets 502, and no octet of such
// a connection is ever taken for the answer to another request.

let origin: RawOrigin;
let proxy: TestProxy;
let answer = OK;
before(async () => {
  origin = await RawOrigin.start(({ head }) => (head.includes("/bad") ? answer : OK));
  proxy = await TestProxy.start({ apps: [app1([origin.address], { persistence: { kind: "none" } })] });
});
after(async () => {
  await proxy.stop();
  await origin.close();
});

async function finalResponse(client: RawClient): Promise<SeenResponse> {
  const response = await client.response();
  return response.status < 200 ? finalResponse(client) : response;
}

const get = (path: string) => `GET /app1${path} HTTP/1.1\r\nHost: example.com\r\n\r\n`;
const BODY = "Content-Length: 5\r\n\r\nhello";

const bad: readonly (readonly [string, string])[] = [
  [
    "RFC9112-6.3: Content-Length beside Transfer-Encoding",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["RFC9112-6.3: two lengths", `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n${BODY}`],
  ["RFC9112-6.3: a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello"],
  ["RFC9112-6.1: an unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
  ["RFC9112-6.1: Transfer-Encoding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["RFC9112-5.2: a folded line", `HTTP/1.1 200 OK\r\nA: b\r\n c\r\n${BODY}`],
  ["RFC9112-5.1: a space before the colon", `HTTP/1.1 200 OK\r\nA : b\r\n${BODY}`],
  ["RFC9112-2.2: line feeds alone", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"],
  ["RFC9110-5.5: NUL in a value", `HTTP/1.1 200 OK\r\nA: \0\r\n${BODY}`],
  ["RFC9112-4: no status line", "hello\r\n\r\n"],
  ["RFC9112-4: a status of two digits", `HTTP/1.1 20 OK\r\n${BODY}`],
  ["RFC9112-4: another version", `HTTP/2.0 200 OK\r\n${BODY}`],
  [
    "RFC9110-15.2.2: 101 that nobody asked for",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
  ],
  ["interim responses without end", "HTTP/1.1 102 Processing\r\n\r\n".repeat(20)],
];

for (const [name, response] of bad) {
  test(`${name} gives 502, and the connection is not used again`, async () => {
    answer = response;
    const client = await RawClient.open(proxy.port);
    const before = origin.received.length;
    client.send(get("/bad"));
    assert.equal((await finalResponse(client)).status, 502);
    client.send(get("/good"));
    const next = await client.response();
    assert.deepEqual([next.status, next.body], [200, "ok"]);
    const usedFor = origin.received.slice(before).filter((text) => text.includes("/bad") && text.includes("/good"));
    assert.deepEqual(usedFor, []);
    client.destroy();
  });
}

test("octets behind a response are thrown away with their connection", async () => {
  answer = `${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`;
  const client = await RawClient.open(proxy.port);
  client.send(get("/bad"));
  assert.equal((await client.response()).body, "ok");
  client.send(get("/good"));
  assert.equal((await client.response()).body, "ok");
  client.destroy();
});

for (const [name, response] of [
  ["a body shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"],
  ["a chunk cut short", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"],
  ["a chunk with a bad size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n"],
] as const) {
  test(`RFC9112-8: ${name} ends the client's connection without an end of the message`, async () => {
    const liar = await RawOrigin.start(() => (socket) => socket.end(response, "latin1"));
    const own = await TestProxy.start({ apps: [app1([liar.address])] });
    const client = await RawClient.open(own.port);
    client.send(get("/"));
    const text = await client.closed();
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(text, /\r\n0\r\n\r\n$/);
    await own.logged(1);
    assert.equal(own.records[0]?.termination, "SD");
    client.destroy();
    await own.stop();
    await liar.close();
  });
}
