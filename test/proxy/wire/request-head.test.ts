import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FIELD } from "../../../proxy/wire/field-names.ts";
import { type DecodedRequest, RequestDecoder } from "../../../proxy/wire/h1-request.ts";
import { Input } from "../../../proxy/wire/input.ts";
import { fieldValue, requestText, token } from "../lib/arbitraries.ts";
import { rawHead } from "../lib/raw-head.ts";
import { writtenRequest } from "../lib/written-head.ts";

const GOLDEN =
  "POST /a%7eb/../c?x=/../y HTTP/1.1\r\nHost: example.com:8443\r\nContent-Length: 5\r\nX-Empty:\r\nCookie: \t a=b; c=d \t\r\naccept:*/*\r\n\r\n";

function decode(text: string): DecodedRequest {
  const decoded = new RequestDecoder().decode(rawHead(text), 100);
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded;
}

test("a head is read into a value", () => {
  const { head, framing, minorVersion, connection } = decode(GOLDEN);
  assert.deepEqual(
    [head.method, head.authority, head.path, head.query, minorVersion, framing],
    ["POST", "example.com:8443", "/c", "?x=/../y", 1, { kind: "length", bytes: 5 }],
  );
  assert.deepEqual(
    Array.from({ length: head.fields.count }, (_, index) => [head.fields.name(index), head.fields.value(index)]),
    [
      ["Host", "example.com:8443"],
      ["Content-Length", "5"],
      ["X-Empty", ""],
      ["Cookie", "a=b; c=d"],
      ["accept", "*/*"],
    ],
  );
  assert.equal(head.fields.first(FIELD.cookie), "a=b; c=d");
  assert.equal(head.fields.firstNamed("accept"), "*/*");
  assert.deepEqual(connection, { isClose: false, isKeepAlive: false, isUpgrade: false, nominated: [] });
});

test("a head is written as it is read", () => {
  const { head } = decode(GOLDEN);
  assert.equal(writtenRequest(head, 5), GOLDEN.replace("/a%7eb/../c", "/c"));
});

test("a head that comes octet by octet is the head that comes whole", () => {
  const input = new Input();
  const whole = Buffer.from(`${GOLDEN}hello`, "latin1");
  const heads: string[] = [];
  for (const octet of whole) {
    input.push(Buffer.of(octet));
    const taken = heads.length === 0 ? input.takeHead(16_384) : undefined;
    if (taken?.kind === "head") heads.push(taken.bytes.toString("latin1", taken.start, taken.end));
  }
  assert.deepEqual(heads, [GOLDEN]);
  assert.equal(input.bytes.toString("latin1", input.at), "hello");
});

test("a head cut short anywhere is no head", () => {
  for (let length = 0; length < GOLDEN.length; length++) {
    const input = new Input();
    input.push(Buffer.from(GOLDEN.slice(0, length), "latin1"));
    assert.equal(input.takeHead(16_384).kind, "needMore", `after ${length} octets`);
  }
});

test("a head with any octet replaced by a control is refused, or still one request", () => {
  for (const control of ["\0", "\n", "\r", "\x01", "\x7f"]) {
    for (let at = 0; at < GOLDEN.length; at++) {
      const text = GOLDEN.slice(0, at) + control + GOLDEN.slice(at + 1);
      if (text === GOLDEN || !text.endsWith("\r\n\r\n")) continue;
      assert.equal(new RequestDecoder().decode(rawHead(text), 100).ok, false, `${JSON.stringify(control)} at ${at}`);
    }
  }
});

test("a bare line feed is known at once, not at the end of the head's time", () => {
  const input = new Input();
  input.push(Buffer.from("GET / HTTP/1.1\r\nHost: a\n"));
  assert.equal(input.takeHead(16_384).kind, "bareLineFeed");
});

test("what is written reads as the same single request", () => {
  fc.assert(
    fc.property(requestText, (text) => {
      const first = new RequestDecoder().decode(rawHead(text), 1_000);
      if (!first.ok) return;
      const length = first.framing.kind === "length" ? first.framing.bytes : 0;
      const written = writtenRequest(first.head, length);
      const again = decode(written);
      assert.deepEqual(again.head, first.head);
      assert.equal(
        again.head.fields.text.replace(/transfer-encoding: chunked\r\n$/i, ""),
        first.head.fields.text.replace(/transfer-encoding: chunked\r\n$/i, ""),
      );
      assert.equal(written.indexOf("\r\n\r\n"), written.length - 4);
    }),
  );
});

test("names and values of any kind survive", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(token, fieldValue), { maxLength: 20 }), (lines) => {
      const safe = lines.filter(([name]) => !/^(host|connection|content-length|transfer-encoding|expect)$/i.test(name));
      const fields = safe.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const { head } = decode(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
      assert.deepEqual(
        Array.from({ length: head.fields.count - 1 }, (_, i) => [head.fields.name(i + 1), head.fields.value(i + 1)]),
        safe,
      );
    }),
  );
});

test("a decoder that has read other heads before reads each as one that has not", () => {
  const fields = fc.constantFrom(
    "Host: a\r\n",
    "Host: b\r\n",
    "Host: a\r\nConnection: close\r\n",
    "Host: a\r\nContent-Length: 3\r\n",
    "Host: a\r\nContent-Length: 4\r\n",
    "Host: a\r\nX-Hop: 1\r\nConnection: X-Hop\r\n",
    "Host: a\r\nHost: a\r\n",
    "",
  );
  const line = fc.constantFrom(
    "GET /x HTTP/1.1",
    "GET /x HTTP/1.0",
    "PUT /y HTTP/1.1",
    "GET http://a/ HTTP/1.1",
    "GET x HTTP/1.1",
  );
  const heads = fc.array(
    fc.tuple(line, fields).map(([start, lines]) => rawHead(`${start}\r\n${lines}\r\n`)),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(heads, (sequence) => {
      const decoder = new RequestDecoder();
      for (const head of sequence) {
        const seasoned = decoder.decode(head, 100);
        const fresh = new RequestDecoder().decode(head, 100);
        assert.deepEqual(seasoned, fresh);
        if (seasoned.ok && fresh.ok) assert.equal(seasoned.head.fields.text, fresh.head.fields.text);
      }
    }),
  );
});
