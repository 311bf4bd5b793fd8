import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeProxyHeader, encodeProxyHeader, type ProxyHeader } from "../../../proxy/wire/proxy-protocol.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";
const two = (hex: string) => Buffer.from(SIGNATURE + hex.replaceAll(" ", ""), "hex");
const one = (line: string) => Buffer.from(line, "latin1");
const header = (length: number, address?: string, port = 0): ProxyHeader => ({
  kind: "header",
  length,
  source: address === undefined ? undefined : { address, port },
});

/** Headers as they are on the wire, and what they say. */
const READ: Readonly<Record<string, readonly [Buffer, ProxyHeader]>> = {
  "a line of TCP4": [one("PROXY TCP4 192.0.2.1 192.0.2.9 4711 443\r\n"), header(41, "192.0.2.1", 4711)],
  "a line of TCP6": [one("PROXY TCP6 2001:0DB8::1 2001:db8::9 65535 0\r\n"), header(45, "2001:db8::1", 65535)],
  "a line of someone who does not know": [one("PROXY UNKNOWN\r\n"), header(15)],
  "the longest line": [
    one(
      "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
    ),
    header(107),
  ],
  "TCP over IPv4": [two("21 11 000c c0000201 c0000209 1267 01bb"), header(28, "192.0.2.1", 4711)],
  "TCP over IPv6": [
    two("21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000009 1267 01bb"),
    header(52, "2001:db8::1", 4711),
  ],
  "IPv4 written as IPv6": [
    two("21 21 0024 00000000000000000000ffffc0000201 00000000000000000000ffffc0000209 1267 01bb"),
    header(52, "192.0.2.1", 4711),
  ],
  "TLVs behind the addresses": [
    two("21 11 0013 c0000201 c0000209 1267 01bb 01 0001 61 04 0000"),
    header(35, "192.0.2.1", 4711),
  ],
  "LOCAL without anything": [two("20 00 0000"), header(16)],
  "LOCAL with addresses, which say nothing": [two("20 11 000c c0000201 c0000209 1267 01bb"), header(28)],
  "LOCAL of a family that nobody has": [two("20 f3 0002 ffff"), header(18)],
  "an unspecified family": [two("21 00 0003 ffffff"), header(19)],
  "a socket of the sender's own machine": [two(`21 31 00d8 ${"00".repeat(216)}`), header(232)],
};

for (const [what, [bytes, expected]] of Object.entries(READ)) {
  test(`${what} is read, and what follows is left`, () => {
    assert.deepEqual(decodeProxyHeader(bytes), expected);
    assert.deepEqual(decodeProxyHeader(Buffer.concat([bytes, Buffer.from("\x16\x03\x01\r\n")])), expected);
  });

  test(`${what}, cut short anywhere, is not yet a header`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.deepEqual(decodeProxyHeader(bytes.subarray(0, length)), { kind: "needMore" }, `after ${length} octets`);
    }
  });
}

const REFUSED: Readonly<Record<string, readonly [because: string, bytes: Buffer]>> = {
  "a request": ["noProxyHeader", one("GET / HTTP/1.1\r\n\r\n")],
  "a hello": ["noProxyHeader", Buffer.from("1603010200", "hex")],
  "a signature with one octet wrong": ["noProxyHeader", Buffer.from("0d0a0d0a000d0a515549540b", "hex")],
  "small letters": ["noProxyHeader", one("proxy TCP4 192.0.2.1 192.0.2.9 4711 443\r\n")],
  "another family in a line": ["badProxyLine", one("PROXY UDP4 192.0.2.1 192.0.2.9 4711 443\r\n")],
  "IPv6 as TCP4": ["badProxyLine", one("PROXY TCP4 2001:db8::1 2001:db8::9 4711 443\r\n")],
  "IPv4 as TCP6": ["badProxyLine", one("PROXY TCP6 192.0.2.1 192.0.2.9 4711 443\r\n")],
  "an address that is none": ["badProxyLine", one("PROXY TCP4 192.0.2.256 192.0.2.9 4711 443\r\n")],
  "a port with a zero before it": ["badProxyLine", one("PROXY TCP4 192.0.2.1 192.0.2.9 04711 443\r\n")],
  "a port of 65536": ["badProxyLine", one("PROXY TCP4 192.0.2.1 192.0.2.9 65536 443\r\n")],
  "a port too few": ["badProxyLine", one("PROXY TCP4 192.0.2.1 192.0.2.9 4711\r\n")],
  "two spaces": ["badProxyLine", one("PROXY TCP4  192.0.2.1 192.0.2.9 4711 443\r\n")],
  "a space at the end": ["badProxyLine", one("PROXY TCP4 192.0.2.1 192.0.2.9 4711 443 \r\n")],
  "a bare line feed": ["badProxyLine", one("PROXY TCP4 192.0.2.1 192.0.2.9 4711 443\n")],
  "a control character": ["badProxyLine", one("PROXY UNKNOWN a\x01b\r\n")],
  "a line of 108 octets": ["badProxyLine", one(`PROXY UNKNOWN ${"a".repeat(92)}\r\n`)],
  "version 1 in the head of 2": ["badProxyVersion", two("11 11 000c")],
  "version 3": ["badProxyVersion", two("31 11 000c")],
  "another command": ["badProxyCommand", two("22 11 000c")],
  datagrams: ["badProxyFamily", two("21 12 000c c0000201 c0000209 1267 01bb")],
  "a family that nobody has": ["badProxyFamily", two("21 41 000c")],
  "a length below that of the addresses": ["badProxyLength", two("21 11 000b c0000201 c0000209 1267 01")],
  "a length of 4097": ["badProxyLength", two("21 11 1001")],
  "a TLV that is longer than the rest": ["badProxyTlv", two("21 11 0010 c0000201 c0000209 1267 01bb 01 0002 61")],
  "half a TLV": ["badProxyTlv", two("21 11 000e c0000201 c0000209 1267 01bb 01 00")],
};

for (const [what, [because, bytes]] of Object.entries(REFUSED)) {
  test(`${what} is ${because}, whole or octet by octet`, () => {
    assert.deepEqual(decodeProxyHeader(bytes), { kind: "unreadable", because });
    const first = Array.from(bytes, (_, at) => decodeProxyHeader(bytes.subarray(0, at + 1))).find(
      ({ kind }) => kind !== "needMore",
    );
    assert.deepEqual(first, { kind: "unreadable", because });
  });
}

test("a header that is written says the same when it is read", () => {
  const endpoint = fc.record(
    { address: fc.oneof(fc.ipV4(), fc.constant("2001:db8:0:1::7")), port: fc.nat(65_535) },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(endpoint, endpoint, (source, destination) => {
      const bytes = encodeProxyHeader(source, destination);
      assert.deepEqual(decodeProxyHeader(bytes), { kind: "header", length: bytes.length, source });
    }),
  );
});

test("a header is written as the protocol has it", () => {
  const hex = (from: string, to: string) =>
    Buffer.from(encodeProxyHeader({ address: from, port: 4711 }, { address: to, port: 443 })).toString("hex");
  assert.equal(hex("192.0.2.1", "192.0.2.9"), `${SIGNATURE}2111000cc0000201c0000209126701bb`);
  assert.equal(
    hex("192.0.2.1", "2001:db8::9"),
    `${SIGNATURE}2121002400000000000000000000ffffc000020120010db8000000000000000000000009126701bb`,
  );
  assert.equal(hex("", "192.0.2.9"), `${SIGNATURE}20000000`);
});

test("any octets get an answer, and the same one when more follow", () => {
  const start = fc.constantFrom(one("PROXY TCP4 "), one("PROXY "), two("21"), two("2111"), Buffer.alloc(0));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 120 }), fc.uint8Array({ maxLength: 9 }), (head, tail, more) => {
      const bytes = Buffer.concat([head, tail]);
      const answer = decodeProxyHeader(bytes);
      if (answer.kind !== "needMore") assert.deepEqual(decodeProxyHeader(Buffer.concat([bytes, more])), answer);
    }),
    { numRuns: 2_000 },
  );
});
