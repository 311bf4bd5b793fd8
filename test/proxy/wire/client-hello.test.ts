import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClientHelloDecoder, HELLO_BYTES_MAX, type HelloStep } from "../../../proxy/wire/client-hello.ts";
import { HELLO_NAMELESS, HELLO_TLS12, HELLO_TLS13 } from "../lib/client-hellos.ts";

/** What the decoder says of octets that come in pieces of a size, and after how many it said so. */
function decode(bytes: Uint8Array, size = bytes.length): { step: HelloStep; taken: number } {
  const decoder = new ClientHelloDecoder();
  for (let from = 0; from < bytes.length; from += Math.max(1, size)) {
    const to = Math.min(bytes.length, from + Math.max(1, size));
    const step = decoder.push(bytes.subarray(from, to));
    if (step.kind !== "needMore") return { step, taken: to };
  }
  return { step: { kind: "needMore" }, taken: bytes.length };
}

const SHOP: HelloStep = { kind: "hello", serverName: "shop.example.com" };
const NAMELESS: HelloStep = { kind: "hello", serverName: undefined };
const unreadable = (because: string) => ({ kind: "unreadable", because });

test("RFC6066-3: the name of a hello is read, in lower case, for both versions of TLS", () => {
  assert.deepEqual(decode(HELLO_TLS12).step, SHOP);
  assert.deepEqual(decode(HELLO_TLS13).step, SHOP);
});

test("a hello without the extension, or without any, asks for no name", () => {
  assert.deepEqual(decode(HELLO_NAMELESS).step, NAMELESS);
  assert.deepEqual(decode(hello({ extensions: undefined })).step, NAMELESS);
});

test("it makes no difference in which pieces a hello comes", () => {
  for (let size = 1; size <= HELLO_TLS13.length; size++) {
    assert.deepEqual(decode(HELLO_TLS13, size).step, SHOP, `pieces of ${size}`);
  }
});

test("a hello that is cut short anywhere is not yet one", () => {
  for (let length = 0; length < HELLO_TLS12.length; length++) {
    assert.deepEqual(decode(HELLO_TLS12.subarray(0, length)).step, { kind: "needMore" }, `after ${length} octets`);
  }
});

test("RFC8446-5.1: a hello may be spread over records of any size", () => {
  const message = HELLO_TLS12.subarray(5);
  for (const size of [1, 2, 3, 4, 5, 100, message.length - 1]) {
    const records: Buffer[] = [];
    for (let at = 0; at < message.length; at += size) records.push(record(message.subarray(at, at + size)));
    for (const piece of [1, 7, 10_000]) assert.deepEqual(decode(Buffer.concat(records), piece).step, SHOP);
  }
});

test("what follows a hello is not looked at", () => {
  assert.deepEqual(decode(Buffer.concat([HELLO_TLS13, Buffer.from("GET / HTTP/1.1\r\n\r\n")])).step, SHOP);
});

const NAME = sniOf(Buffer.from("a.example"));

const REFUSED: Readonly<Record<string, readonly [because: string, bytes: Uint8Array]>> = {
  "a request in clear": ["notHandshake", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  "an alert": ["notHandshake", Buffer.from([21, 3, 3, 0, 2, 2, 40])],
  "SSL 2": ["notHandshake", Buffer.from([0x80, 46, 1, 3, 1])],
  "another version of the record": ["badRecordVersion", Buffer.from([22, 2, 0])],
  "an empty record": ["badRecordLength", Buffer.from([22, 3, 1, 0, 0])],
  "a record of more than 16384 octets": ["badRecordLength", Buffer.from([22, 3, 1, 0x40, 1])],
  "another record between": ["notHandshake", Buffer.concat([record(Buffer.from([1, 0, 1])), Buffer.from([23])])],
  "another message": ["notClientHello", record(Buffer.from([2, 0, 0, 4]))],
  "a hello of more than 16 KiB": ["tooLong", record(Buffer.from([1, 0, 0x40, 0]))],
  "a body of nothing": ["cutShort", record(Buffer.from([1, 0, 0, 0]))],
  "a body that ends within the random": ["cutShort", record(Buffer.from([1, 0, 0, 3, 3, 3, 0]))],
  "a session id of 33 octets": ["badSessionId", hello({ sessionId: Buffer.alloc(33) })],
  "no cipher suite": ["badCipherSuites", hello({ cipherSuites: Buffer.alloc(0) })],
  "half a cipher suite": ["badCipherSuites", hello({ cipherSuites: Buffer.alloc(3) })],
  "no compression method": ["badCompression", hello({ compression: Buffer.alloc(0) })],
  "octets behind the extensions": ["trailingOctets", hello({ after: Buffer.from([0]) })],
  "an extension longer than all of them": ["cutShort", hello({ extensions: Buffer.from([0, 5, 0, 9, 1]) })],
  "half an extension's type": ["cutShort", hello({ extensions: Buffer.from([0]) })],
  "a length of extensions without them": ["cutShort", hello({ extensions: undefined, after: Buffer.from([0, 4]) })],
  "an extension twice": ["repeatedExtension", hello({ extensions: Buffer.from([0, 5, 0, 0, 0, 5, 0, 0]) })],
  "two server names in two extensions": ["repeatedExtension", hello({ extensions: Buffer.concat([NAME, NAME]) })],
  "an empty list of names": ["badServerName", hello({ extensions: extension(0, Buffer.from([0, 0])) })],
  "an empty name": ["badServerName", hello({ extensions: sniOf(Buffer.alloc(0)) })],
  "two names in one list": [
    "badServerName",
    hello({ extensions: extension(0, vector(2, Buffer.concat([nameOf("a"), nameOf("b")]))) }),
  ],
  "a name of another type": ["badServerName", hello({ extensions: sniOf(Buffer.from("a"), 1) })],
  "a NUL in the name": ["badServerName", hello({ extensions: sniOf(Buffer.from("a\0.example")) })],
  "a dot at the end of the name": ["badServerName", hello({ extensions: sniOf(Buffer.from("a.example.")) })],
  "an address literal of IPv6": ["badServerName", hello({ extensions: sniOf(Buffer.from("2001:db8::1")) })],
  "a name in UTF-8": ["badServerName", hello({ extensions: sniOf(Buffer.from("ä.example")) })],
  "a name of 256 octets": ["badServerName", hello({ extensions: sniOf(Buffer.alloc(256, "a")) })],
  "octets behind the list of names": [
    "badServerName",
    hello({ extensions: extension(0, Buffer.concat([vector(2, nameOf("a")), Buffer.from([0])])) }),
  ],
};

for (const [what, [because, bytes]] of Object.entries(REFUSED)) {
  test(`${what} is ${because}, whole or octet by octet`, () => {
    assert.deepEqual(decode(bytes).step, unreadable(because));
    assert.deepEqual(decode(bytes, 1).step, unreadable(because));
  });
}

test("what can't become a hello is refused at the octet that shows it", () => {
  assert.equal(decode(Buffer.from("GET / HTTP/1.1\r\n"), 1).taken, 1);
  assert.equal(decode(Buffer.concat([record(Buffer.from([2, 0, 0, 4])), Buffer.alloc(9)]), 1).taken, 6);
});

test("records of one octet each end at 16 KiB of all octets", () => {
  const message = Buffer.concat([Buffer.from([1, 0, 0x3f, 0xf0]), Buffer.alloc(0x3ff0)]);
  const records = Buffer.concat(Array.from(message, (octet) => record(Buffer.from([octet]))));
  const { step, taken } = decode(records, 1);
  assert.deepEqual([step, taken], [unreadable("tooLong"), HELLO_BYTES_MAX]);
});

test("any octets, in any pieces, get the same answer, and never one too late", () => {
  const mutation = fc.tuple(fc.nat({ max: HELLO_TLS13.length - 1 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(mutation, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), (mutations, size) => {
      const bytes = Buffer.from(HELLO_TLS13);
      for (const [at, octet] of mutations) bytes[at] = octet;
      const { step } = decode(bytes);
      assert.deepEqual(decode(bytes, size).step, step);
      if (step.kind === "hello") assert.match(step.serverName ?? "a", /^[a-z0-9_.-]+$/);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
      const bytes = Buffer.concat([Buffer.from([22, 3, 1]), tail]);
      assert.deepEqual(decode(bytes, 1).step, decode(bytes).step);
    }),
  );
});

type Parts = {
  readonly sessionId?: Buffer;
  readonly cipherSuites?: Buffer;
  readonly compression?: Buffer;
  readonly extensions?: Buffer | undefined;
  readonly after?: Buffer;
};

/** A hello of parts, right where nothing else is said. */
function hello(parts: Parts): Buffer {
  const { sessionId = Buffer.alloc(32), cipherSuites = Buffer.from([0x13, 1]), compression = Buffer.alloc(1) } = parts;
  const extensions = "extensions" in parts ? parts.extensions : NAME;
  const body = Buffer.concat([
    Buffer.alloc(34, 3),
    vector(1, sessionId),
    vector(2, cipherSuites),
    vector(1, compression),
    ...(extensions === undefined ? [] : [vector(2, extensions)]),
    parts.after ?? Buffer.alloc(0),
  ]);
  return record(Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 255]), body]));
}

function record(fragment: Buffer): Buffer {
  return Buffer.concat([Buffer.from([22, 3, 1]), vector(2, fragment)]);
}

function sniOf(name: Buffer, type = 0): Buffer {
  return extension(0, vector(2, Buffer.concat([Buffer.from([type]), vector(2, name)])));
}

function nameOf(text: string): Buffer {
  return Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(text))]);
}

function extension(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 255]), vector(2, value)]);
}

function vector(lengthBytes: 1 | 2, bytes: Buffer): Buffer {
  const length = lengthBytes === 1 ? [bytes.length] : [bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from(length), bytes]);
}
