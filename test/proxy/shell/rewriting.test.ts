import assert from "node:assert/strict";
import { test } from "node:test";
import { RawClient } from "../lib/raw-client.ts";
import { type Answer, RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const PAGE = '<a href="/x">\xfc</a>';
const page = (fields: string, body = PAGE) =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;

async function ask(answer: Answer, fields = "", method = "GET", rewrite: object = { html: true }) {
  const origin = await RawOrigin.start(() => answer);
  const proxy = await TestProxy.start({ apps: [app1([origin.address], { rewrite, persistence: { kind: "none" } })] });
  const client = await RawClient.open(proxy.port);
  client.send(`${method} /app1/ HTTP/1.1\r\nHost: a:8080\r\n${fields}\r\n`);
  const response = await client.response(method);
  client.destroy();
  await proxy.stop();
  await origin.close();
  return { ...response, asked: origin.requests[0]?.head ?? "" };
}

test("on request, links in pages are rewritten as they pass, and their head says what is still true", async () => {
  const { head, body, asked } = await ask(
    page('ETag: "1"\r\nAccept-Ranges: bytes\r\n'),
    "Accept-Encoding: br\r\nRange: bytes=0-1\r\n",
  );
  assert.equal(body, '<a href="/app1/x">\xfc</a>');
  assert.match(head, /^ETag: W\/"1"\r$/m);
  assert.doesNotMatch(head, /^(Content-Length|Accept-Ranges)/im);
  assert.match(asked, /^Accept-Encoding: identity\r$/m);
  assert.doesNotMatch(asked, /^Range|br\r$/m);
});

test("a page in pieces, that ends with its connection, is whole", async () => {
  const { body } = await ask((socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<a hre");
    setImmediate(() => socket.end('f="/x">1 <'));
  });
  assert.equal(body, '<a href="/app1/x">1 <');
});

test("what is compressed, partial, empty, no page, or not to be rewritten passes as it is", async () => {
  for (const answer of [
    page("Content-Encoding: gzip\r\n"),
    page("").replace("200 OK", "206 Partial Content"),
    page("").replace("text/html", "text/plain"),
    page("").replace("text/html", "text/html; charset=utf-16"),
  ]) {
    const { head, body } = await ask(answer);
    assert.equal(body, PAGE);
    assert.match(head, new RegExp(`^Content-Length: ${PAGE.length}\r?$`, "m"));
  }
  assert.match((await ask(page("", ""))).head, /^Content-Length: 0\r?$/m);
  assert.equal((await ask(page(""), "", "GET", {})).body, PAGE);
  assert.doesNotMatch((await ask(page(""), "", "HEAD")).head, /^Content-Length/m);
});

test("RFC7239-4: Forwarded is sent on request, and a client's own is not", async () => {
  const { asked } = await ask(page(""), "Forwarded: for=6.6.6.6\r\n", "GET", { forwarded: true });
  assert.deepEqual(asked.match(/^Forwarded: .*$/gm), ['Forwarded: for=127.0.0.1;proto=http;host="a:8080"']);
});
