import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RawClient, talk } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// Chunked bodies that two parsers may read differently. The head may be on its way
// to a backend by then; a whole request never is.

let origin: RawOrigin;
let proxy: TestProxy;
before(async () => {
  origin = await RawOrigin.start();
  proxy = await TestProxy.start({ apps: [app1([origin.address])] });
});
after(async () => {
  await proxy.stop();
  await origin.close();
});

const HEAD = "POST /app1/ HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n";
const smuggled = "GET /app1/smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n";

const refused: readonly (readonly [string, string])[] = [
  ["a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"],
  ["a size with a sign", "+5\r\nhello\r\n0\r\n\r\n"],
  ["a size with an underscore", "1_0\r\nhello\r\n0\r\n\r\n"],
  ["a size with a space before", " 5\r\nhello\r\n0\r\n\r\n"],
  ["a size with a space behind", "5 \r\nhello\r\n0\r\n\r\n"],
  ["a size with a space before its extension", "5 ;a\r\nhello\r\n0\r\n\r\n"],
  ["an empty size", "\r\nhello\r\n0\r\n\r\n"],
  ["a size of 14 digits", "00000000000005\r\nhello\r\n0\r\n\r\n"],
  ["a size beyond 64 bits", "ffffffffffffffff5\r\nhello\r\n0\r\n\r\n"],
  ["a size that ends in a line feed alone", "5\nhello\r\n0\r\n\r\n"],
  ["a size that ends in a carriage return alone", "5\rhello\r\n0\r\n\r\n"],
  ["data that is longer than its size", "5\r\nhello!\r\n0\r\n\r\n"],
  ["data that ends in a line feed alone", "5\r\nhello\n0\r\n\r\n"],
  ["an extension with a line feed alone", "5;a\nb\r\nhello\r\n0\r\n\r\n"],
  ["an extension with a NUL", "5;a\0b\r\nhello\r\n0\r\n\r\n"],
  ["extensions beyond 256 octets", `5;${"a".repeat(300)}\r\nhello\r\n0\r\n\r\n`],
  ["a last chunk that ends in a line feed alone", "5\r\nhello\r\n0\n\r\n"],
  ["an end that is a line feed alone", "5\r\nhello\r\n0\r\n\n"],
  ["a trailer that is no field", "5\r\nhello\r\n0\r\nno field\r\n\r\n"],
  ["a folded trailer", "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n"],
  ["trailers beyond 4096 octets", `5\r\nhello\r\n0\r\nA: ${"b".repeat(5000)}\r\n\r\n`],
];

for (const [name, body] of refused) {
  test(`RFC9112-7.1: ${name} is refused with 400, and no backend sees a whole request`, async () => {
    const answer = await talk(proxy.port, HEAD + body + smuggled);
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(answer, /\r\nConnection: close\r\n/);
    assert.equal(answer.split("HTTP/1.1 ").length, 2, "exactly one response");
    assert.deepEqual(origin.requests, []);
    assert.doesNotMatch(origin.text, /smuggled/);
  });
}

test("RFC9112-7.1.1: sizes, extensions and trailers are read, and none of them is forwarded as it came", async () => {
  const seen = await RawOrigin.start();
  const own = await TestProxy.start({ apps: [app1([seen.address])] });
  const client = await RawClient.open(own.port);
  client.send(`${HEAD}00a;a=b;c="d e"\r\n0123456789\r\n5\r\nhello\r\n000\r\nX-Trailer: x\r\n\r\n`);
  assert.equal((await client.response()).status, 200);
  assert.equal(seen.requests[0]?.body, "0123456789hello");
  assert.doesNotMatch(seen.text, /a=b|X-Trailer|00a/);
  client.destroy();
  await own.stop();
  await seen.close();
});
