import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { RawClient, talk } from "../lib/raw-client.ts";
import { type Answer, OK, RawOrigin, type SeenRequest } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

let origin: RawOrigin;
let proxy: TestProxy;
before(async () => {
  origin = await RawOrigin.start();
  proxy = await TestProxy.start({ apps: [app1([origin.address], { persistence: { kind: "none" } })] });
});
afterEach(() => {
  origin.requests.length = 0;
  origin.answer = () => OK;
  proxy.records.length = 0;
});
after(async () => {
  await proxy.stop();
  await origin.close();
});

const get = (path: string, fields = "", method = "GET", version = "1.1") =>
  `${method} /app1${path} HTTP/${version}\r\nHost: example.com\r\n${fields}\r\n`;

const answers = (answer: (request: SeenRequest) => Answer) => {
  origin.answer = answer;
};

test("one connection carries many requests, and so does the one to the backend", async () => {
  const client = await RawClient.open(proxy.port);
  for (let count = 0; count < 5; count++) {
    client.send(get("/"));
    assert.equal((await client.response()).body, "ok");
  }
  assert.equal(new Set(origin.requests.map(({ connection }) => connection)).size, 1);
  client.destroy();
});

test("RFC9112-9.3.2: pipelined requests are answered in their order", async () => {
  answers(({ head }) => {
    const name = /^GET \/(\w+)/.exec(head)?.[1] ?? "";
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;
    return (socket) => setImmediate(() => socket.write(answer));
  });
  const client = await RawClient.open(proxy.port);
  client.send(get("/one") + get("/two") + `GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n` + get("/three"));
  const bodies: (string | number)[] = [];
  for (let count = 0; count < 4; count++) {
    const { status, body } = await client.response();
    bodies.push(status === 200 ? body : status);
  }
  assert.deepEqual(bodies, ["one", "two", 404, "three"]);
  client.destroy();
});

test("a head may be as long as the settings allow, in whatever pieces it comes", async () => {
  const roomy = await TestProxy.start({
    apps: [app1([origin.address])],
    proxy: { limits: { headBytesMax: 262_144 } },
  });
  const client = await RawClient.open(roomy.port);
  const head = get("/", `X: ${"x".repeat(250_000)}\r\n`);
  client.send(head.slice(0, 200_000));
  client.send(head.slice(200_000));
  assert.equal((await client.response()).status, 200);
  client.destroy();
  await roomy.stop();
});

test("the next pipelined request reaches the backend only after the response to the one before", async () => {
  let isAnswered = false;
  answers(({ head }) => {
    if (head.startsWith("GET /two")) assert.ok(isAnswered);
    return (socket) =>
      setImmediate(() => {
        isAnswered = true;
        socket.write(OK);
      });
  });
  const client = await RawClient.open(proxy.port);
  client.send(get("/one") + get("/two"));
  await client.response();
  await client.response();
  client.destroy();
});

test("RFC9112-6.3: HEAD, 204 and 304 have no body, whatever their fields say", async () => {
  const client = await RawClient.open(proxy.port);
  answers(() => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  client.send(get("/", "", "HEAD"));
  assert.match((await client.response("HEAD")).head, /Content-Length: 5/);
  answers(() => "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
  client.send(get("/"));
  assert.match((await client.response()).head, /^HTTP\/1\.1 304 [\s\S]*Content-Length: 5/);
  answers(() => "HTTP/1.1 204 No Content\r\n\r\n");
  client.send(get("/"));
  assert.equal((await client.response()).status, 204);
  answers(() => OK);
  client.send(get("/"));
  assert.equal((await client.response()).body, "ok");
  client.destroy();
});

test("RFC9110-15.2: interim responses are for the client, except 100", async () => {
  const early = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\nConnection: x\r\n\r\n";
  answers(() => `HTTP/1.1 100 Continue\r\n\r\n${early}${OK}`);
  const client = await RawClient.open(proxy.port);
  client.send(get("/"));
  const first = await client.response();
  assert.equal(first.status, 103);
  assert.match(first.head, /Link: <\/app1\/style\.css>/);
  assert.doesNotMatch(first.head, /Connection/);
  assert.equal((await client.response()).body, "ok");
  client.destroy();
});

test("RFC9110-15.2: a client of HTTP/1.0 gets no interim response", async () => {
  answers(() => `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`);
  assert.match(await talk(proxy.port, get("/", "", "GET", "1.0")), /^HTTP\/1\.1 200 OK\r\n/);
});

test("a client of HTTP/1.0 gets a body of unknown length until the connection ends", async () => {
  answers(() => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  const text = await talk(proxy.port, get("/", "Connection: keep-alive\r\n", "GET", "1.0"));
  assert.match(text, /\r\nConnection: close\r\n\r\nhello$/);
  assert.doesNotMatch(text, /Transfer-Encoding/);
});

test("RFC9112-9.3: a client of HTTP/1.0 may keep its connection", async () => {
  const client = await RawClient.open(proxy.port);
  client.send(get("/", "Connection: keep-alive\r\n", "GET", "1.0"));
  assert.match((await client.response()).head, /\r\nConnection: keep-alive$/);
  client.send(get("/", "", "GET", "1.0"));
  assert.match((await client.response()).head, /\r\nConnection: close$/);
  await client.closed();
  client.destroy();
});

test("a body that the backend ends by closing comes in chunks, and the client's connection lives on", async () => {
  answers(() => (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhello"));
  const client = await RawClient.open(proxy.port);
  client.send(get("/"));
  const response = await client.response();
  assert.match(response.head, /Transfer-Encoding: chunked/);
  assert.equal(response.body, "hello");
  answers(() => OK);
  client.send(get("/"));
  assert.equal((await client.response()).body, "ok");
  client.destroy();
});

test("Connection: close is obeyed and answered", async () => {
  const text = await talk(proxy.port, get("/", "Connection: close\r\n") + get("/never"));
  assert.match(text, /\r\nConnection: close\r\n\r\nok$/);
  assert.equal(origin.requests.length, 1);
});

test("RFC9110-10.1.1: the proxy itself says 100 when the backend is there, and forwards no Expect", async () => {
  const client = await RawClient.open(proxy.port);
  client.send(get("/", "Expect: 100-Continue\r\nContent-Length: 5\r\n", "POST"));
  assert.equal((await client.response()).status, 100);
  client.send("hello");
  assert.equal((await client.response()).status, 200);
  assert.equal(origin.requests[0]?.body, "hello");
  assert.doesNotMatch(origin.requests[0]?.head ?? "", /expect/i);
  client.destroy();
});

test("RFC9110-10.1.1: no 100 when the body is here already, nor for HTTP/1.0", async () => {
  const client = await RawClient.open(proxy.port);
  client.send(`${get("/", "Expect: 100-continue\r\nContent-Length: 5\r\n", "POST")}hello`);
  assert.equal((await client.response()).status, 200);
  client.destroy();
  const old = await RawClient.open(proxy.port);
  old.send(get("/", "Expect: 100-continue\r\nContent-Length: 5\r\n", "POST", "1.0"));
  old.send("hello");
  assert.equal((await old.response()).status, 200);
  old.destroy();
});

test("RFC9112-9.3: an answer before the end of the request ends both connections", async () => {
  answers(() => OK);
  origin.sockets.length = 0;
  const early = await RawOrigin.start();
  const own = await TestProxy.start({ apps: [app1([early.address])] });
  const client = await RawClient.open(own.port);
  client.send(get("/", "Content-Length: 1000000\r\n", "POST"));
  while (early.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
  early.sockets[0]?.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  const response = await client.response();
  assert.equal(response.status, 413);
  assert.match(response.head, /\r\nConnection: close$/);
  await client.closed();
  const next = await RawClient.open(own.port);
  next.send(get("/"));
  await next.response();
  assert.deepEqual(
    early.requests.map(({ connection }) => connection),
    [1],
  );
  for (const each of [client, next]) each.destroy();
  await own.stop();
  await early.close();
});

test("a client that closes its half behind its request gets its response", async () => {
  const client = await RawClient.open(proxy.port);
  answers(() => (socket) => setImmediate(() => socket.write(OK)));
  client.socket.end(get("/"));
  const response = await client.response();
  assert.equal(response.body, "ok");
  assert.match(response.head, /\r\nConnection: close$/);
  await client.closed();
});

test("a client that closes its half behind several requests gets the response to each whole one", async () => {
  for (const cut of ["", "GET /four HT"]) {
    const client = await RawClient.open(proxy.port);
    answers(() => (socket) => setImmediate(() => socket.write(OK)));
    client.socket.end(get("/one") + get("/two") + get("/three") + cut);
    const heads: string[] = [];
    for (let count = 0; count < 3; count++) heads.push((await client.response()).head);
    assert.deepEqual(
      heads.map((head) => /\r\nConnection: close$/.test(head)),
      [false, false, cut === ""],
    );
    await client.closed();
  }
});

test("a request that its client cuts short never becomes whole for a backend", async () => {
  const client = await RawClient.open(proxy.port);
  client.send(get("/", "Content-Length: 10\r\n", "POST"));
  client.socket.end("hello");
  await client.closed();
  await proxy.logged(1);
  assert.deepEqual([proxy.records[0]?.termination, origin.requests.length], ["CH", 0]);
});

test("a client that leaves takes its request from the backend", async () => {
  let onClose: (() => void) | undefined;
  const closed = new Promise<void>((resolve) => {
    onClose = resolve;
  });
  answers(() => (socket) => socket.on("close", () => onClose?.()));
  const client = await RawClient.open(proxy.port);
  client.send(get("/"));
  await origin.seen(1);
  client.socket.resetAndDestroy();
  await closed;
  await proxy.logged(1);
  assert.deepEqual([proxy.records[0]?.termination, proxy.records[0]?.status], ["CH", 0]);
});

test("bodies of any size pass unchanged in both directions", async () => {
  const big = Buffer.alloc(3_000_000, "0123456789abcdef").toString("latin1");
  answers(({ body }) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const client = await RawClient.open(proxy.port);
  client.send(get("/", `Content-Length: ${big.length}\r\n`, "POST") + big);
  assert.ok((await client.response()).body === big);
  const chunks = [big.slice(0, 70_000), big.slice(70_000)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
  client.send(`${get("/", "Transfer-Encoding: chunked\r\n", "PUT") + chunks.join("")}0\r\n\r\n`);
  assert.ok((await client.response()).body === big);
  assert.match(origin.requests[1]?.head ?? "", /\r\nTransfer-Encoding: chunked/);
  client.destroy();
});

test("the log says what happened", async () => {
  const client = await RawClient.open(proxy.port);
  client.send(get("/x?y", "User-Agent: test\r\nContent-Length: 5\r\n", "POST"));
  client.send("hello");
  await client.response();
  await proxy.logged(1);
  const [record] = proxy.records;
  assert.ok(record !== undefined);
  const { app, backend, status, bytesIn, termination, retries, listener, cookie, head } = record;
  assert.deepEqual(
    { app, backend, status, bytesIn, termination, retries, listener, cookie, path: head?.path, query: head?.query },
    {
      app: "app1",
      backend: "b0",
      status: 200,
      bytesIn: 5,
      termination: "--",
      retries: 0,
      listener: "http",
      cookie: "none",
      path: "/app1/x",
      query: "?y",
    },
  );
  assert.equal(record.bytesOut, client.text.length);
  client.destroy();
});
