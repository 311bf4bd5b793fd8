import { after, before, test } from "node:test";
import fc from "fast-check";
import { Fuzz } from "../fuzz/fuzz.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// Streams of requests that are nearly right, through the whole proxy to a backend that reads laxly. Whatever they are,
// the backend gets no request that a strict reading does not have, and no more than were answered, and the next
// client's answer is its own. (fuzz.test.ts changes good requests; here they are made from parts, and made smaller
// until they only just fail.)

let origin: RawOrigin;
let proxy: TestProxy;
let fuzz: Fuzz;
before(async () => {
  origin = await RawOrigin.start();
  proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  fuzz = new Fuzz(origin, () => RawClient.open(proxy.port));
});
after(async () => {
  await proxy.stop();
  await origin.close();
});

const end = fc.oneof({ weight: 9, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", "\r", "\r\r\n", "\n\r\n"));
const method = fc.constantFrom("GET", "POST", "PUT", "OPTIONS", "GET ", " GET", "CONNECT", "X");
const target = fc.constantFrom(
  "/app1/a",
  "/app1/b?c",
  "http://a/app1/a",
  "http://b/app1/a",
  "*",
  "/app1/\t",
  "//app1/a",
);
const version = fc.oneof(
  { weight: 9, arbitrary: fc.constant("HTTP/1.1") },
  fc.constantFrom("HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 "),
);
const field = fc.oneof(
  fc.constantFrom("Host: a", "Host: b", "Connection: keep-alive", "Connection: close", "A: b", "Expect: 100-continue"),
  fc.constantFrom(
    "Content-Length: 0",
    "Content-Length: 5",
    "Content-Length: 44",
    "content-length : 5",
    "Content-Length: +5",
  ),
  fc.constantFrom(
    "Content-Length: 5, 5",
    "Content-Length: 0x5",
    "Content-Length:\t5",
    "Content-Length: 05",
    "Content-Length:",
  ),
  fc.constantFrom("Transfer-Encoding: chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding: gzip, chunked"),
  fc.constantFrom(
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding:\x0bchunked",
    "Transfer-Encoding : chunked",
  ),
  fc.constantFrom("Transfer-Encoding:\r\n chunked", "Transfer_Encoding: chunked", "Connection: Content-Length"),
  fc.constantFrom(
    "Connection: Upgrade",
    "Upgrade: h2c",
    "Upgrade: websocket",
    " folded",
    ": empty",
    "A\x00: b",
    "A: \x00",
  ),
);
const SMUGGLED = "GET /app1/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const body = fc.oneof(
  { weight: 2, arbitrary: fc.constant("") },
  fc.constantFrom(
    "hello",
    SMUGGLED,
    `0\r\n\r\n${SMUGGLED}`,
    "5\r\nhello\r\n0\r\n\r\n",
    `5\r\nhello\r\n0\r\nA: b\r\n\r\n`,
  ),
  fc.constantFrom(
    "5;x=\ny\r\nhello\r\n0\r\n\r\n",
    "+5\r\nhello\r\n0\r\n\r\n",
    "5\r\nhelloX\r\n0\r\n\r\n",
    "5\nhello\n0\n\n",
  ),
  fc.constantFrom(
    `fffffffffffffffff\r\n${SMUGGLED}`,
    `0x2c\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    `2c\r\n${SMUGGLED}\r\n0\r\n\r\n`,
  ),
);
const request = fc
  .record({ method, target, version, fields: fc.array(fc.tuple(field, end), { maxLength: 5 }), body, last: end })
  .map(({ method, target, version, fields, body, last }) => {
    const lines = fields.map(([text, end]) => text + end).join("");
    return `${method} ${target} ${version}\r\nHost: a\r\n${lines}${last}${body}`;
  });
const stream = fc.record({ requests: fc.array(request, { minLength: 1, maxLength: 4 }), cut: fc.nat(400) });

test("no stream of requests is more to the backend than what its client said and was answered", async () => {
  let probes = 0;
  const isSafe = fc.asyncProperty(stream, async ({ requests, cut }) => {
    const text = requests.join("");
    origin.forget();
    await fuzz.ask([text.slice(0, cut), text.slice(cut)]);
    await fuzz.probe(`probe${probes++}`);
  });
  await fc.assert(isSafe, { numRuns: 400, seed: 5 });
});
