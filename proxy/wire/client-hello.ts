// The first message of a TLS connection, as far as it says whom it is for (RFC 8446 4.1.2, RFC 6066 3).
//
//     record     22 | 3 minor | length     ...fragment    as many as the message needs (RFC 8446 5.1)
//     handshake  1 | length                ...body        over the records' fragments, joined
//     body       version 2 | random 32 | session id <0..32> | cipher suites <2..> | compression <1..> | extensions <0..>
//     extension  type 2 | <length 2> ...   server name is type 0: <length 2> of: 0 | <length 2> name
//
// Nothing is decrypted and nothing is answered: what can't be read here is left to those who speak TLS.

/** Octets of a hello with its records' heads: browsers send two thousand, and nobody reads more than one record of it. */
export const HELLO_BYTES_MAX = 16_384;

export type ClientHello = {
  readonly kind: "hello";
  /** In lower case; undefined: it asks for no name. */
  readonly serverName: string | undefined;
};

/** Why the octets are no hello that can be read. */
export type HelloFault =
  | "notHandshake"
  | "badRecordVersion"
  | "badRecordLength"
  | "notClientHello"
  | "tooLong"
  | "cutShort"
  | "trailingOctets"
  | "badSessionId"
  | "badCipherSuites"
  | "badCompression"
  | "repeatedExtension"
  | "badServerName";

export type HelloStep =
  | { readonly kind: "needMore" }
  | ClientHello
  | { readonly kind: "unreadable"; readonly because: HelloFault };

const HANDSHAKE_RECORD = 22;
const RECORD_HEAD_BYTES = 5;
/** RFC 8446 5.1: 2^14, and never nothing. */
const FRAGMENT_BYTES_MAX = 16_384;
const CLIENT_HELLO = 1;
const MESSAGE_HEAD_BYTES = 4;
const NEED_MORE: HelloStep = { kind: "needMore" };

const unreadable = (because: HelloFault): HelloStep => ({ kind: "unreadable", because });

/** Reads a hello that comes in whatever pieces. */
export class ClientHelloDecoder {
  /** Octets of all pieces so far. */
  #seen = 0;
  readonly #head = new Uint8Array(RECORD_HEAD_BYTES);
  #headLength = 0;
  /** Of the record's fragment, still to come. */
  #fragmentLeft = 0;
  /** The handshake message, joined: its own head first, then as much as that says. */
  #message = new Uint8Array(MESSAGE_HEAD_BYTES);
  #length = 0;

  /** Takes another piece; not to be called again once the answer is there. */
  push(bytes: Uint8Array): HelloStep {
    let at = 0;
    while (at < bytes.length) {
      const size = this.#fragmentLeft > 0 ? this.#takeFragment(bytes, at) : this.#takeHead(bytes, at);
      at += size;
      this.#seen += size;
      const fault = this.#fault();
      if (fault !== undefined) return unreadable(fault);
      if (this.#isWhole()) return readBody(this.#message.subarray(MESSAGE_HEAD_BYTES, this.#wanted()));
      if (this.#seen >= HELLO_BYTES_MAX) return unreadable("tooLong");
    }
    return NEED_MORE;
  }

  #takeHead(bytes: Uint8Array, at: number): number {
    if (this.#headLength === RECORD_HEAD_BYTES) this.#headLength = 0;
    this.#head[this.#headLength++] = bytes[at] ?? 0;
    if (this.#headLength === RECORD_HEAD_BYTES) this.#fragmentLeft = uint16(this.#head, 3);
    return 1;
  }

  #takeFragment(bytes: Uint8Array, at: number): number {
    const size = Math.min(this.#fragmentLeft, bytes.length - at, this.#message.length - this.#length);
    this.#message.set(bytes.subarray(at, at + size), this.#length);
    this.#length += size;
    this.#fragmentLeft -= size;
    if (this.#length === MESSAGE_HEAD_BYTES) {
      const head = this.#message;
      this.#message = new Uint8Array(Math.min(this.#wanted(), HELLO_BYTES_MAX));
      this.#message.set(head);
    }
    return size;
  }

  /** What is known to be wrong so far, told at the octet that shows it. */
  #fault(): HelloFault | undefined {
    const [type, major] = this.#head;
    if (type !== HANDSHAKE_RECORD) return "notHandshake";
    if (this.#headLength > 1 && major !== 3) return "badRecordVersion";
    if (this.#headLength === RECORD_HEAD_BYTES) {
      const length = uint16(this.#head, 3);
      if (length === 0 || length > FRAGMENT_BYTES_MAX) return "badRecordLength";
    }
    if (this.#length > 0 && this.#message[0] !== CLIENT_HELLO) return "notClientHello";
    if (this.#length >= MESSAGE_HEAD_BYTES && this.#wanted() > HELLO_BYTES_MAX) return "tooLong";
    return undefined;
  }

  #isWhole(): boolean {
    return this.#length >= MESSAGE_HEAD_BYTES && this.#length >= this.#wanted();
  }

  #wanted(): number {
    return MESSAGE_HEAD_BYTES + ((this.#message[1] ?? 0) << 16) + uint16(this.#message, 2);
  }
}

function readBody(body: Uint8Array): HelloStep {
  const reader = new Reader(body);
  reader.skip(2 + 32);
  const sessionId = reader.vector(1);
  const cipherSuites = reader.vector(2);
  const compression = reader.vector(1);
  if (reader.isShort) return unreadable("cutShort");
  if (sessionId.length > 32) return unreadable("badSessionId");
  if (cipherSuites.length < 2 || cipherSuites.length % 2 !== 0) return unreadable("badCipherSuites");
  if (compression.length === 0) return unreadable("badCompression");
  // Before TLS 1.3, a hello may end here.
  if (reader.isAtEnd) return { kind: "hello", serverName: undefined };
  const extensions = reader.vector(2);
  if (reader.isShort) return unreadable("cutShort");
  return reader.isAtEnd ? readExtensions(extensions) : unreadable("trailingOctets");
}

const SERVER_NAME = 0;

function readExtensions(bytes: Uint8Array): HelloStep {
  const reader = new Reader(bytes);
  const types = new Set<number>();
  let serverName: string | undefined;
  while (!reader.isAtEnd) {
    const type = reader.uint16();
    const value = reader.vector(2);
    if (reader.isShort) return unreadable("cutShort");
    // RFC 8446 4.2: at most one of each; two names could mean one app to us and another to the backend.
    if (types.has(type)) return unreadable("repeatedExtension");
    types.add(type);
    if (type !== SERVER_NAME) continue;
    serverName = readServerName(value);
    if (serverName === undefined) return unreadable("badServerName");
  }
  return { kind: "hello", serverName };
}

/** RFC 6066 3: one name of each type, and there is one type, a host's. */
function readServerName(bytes: Uint8Array): string | undefined {
  const outer = new Reader(bytes);
  const list = new Reader(outer.vector(2));
  const type = list.uint8();
  const name = list.vector(2);
  if (outer.isShort || list.isShort || !outer.isAtEnd || !list.isAtEnd || type !== 0) return undefined;
  const text = String.fromCharCode(...name.subarray(0, NAME_LENGTH_MAX + 1));
  return HOST_NAME.test(text) ? text.toLowerCase() : undefined;
}

const NAME_LENGTH_MAX = 255;
/** A name without a dot at its end, as RFC 6066 wants it; `_` is no letter of a host's name and in use all the same. */
const HOST_NAME = /^(?=.{1,255}$)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Reads forward; beyond the end there are zeros and {@link isShort}. */
class Reader {
  isShort = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(length: number): Uint8Array {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) this.isShort = true;
    return this.#bytes.subarray(start, this.#at);
  }

  uint8(): number {
    return this.skip(1)[0] ?? 0;
  }

  uint16(): number {
    return uint16(this.skip(2), 0);
  }

  /** Octets behind a length of that many octets. */
  vector(lengthBytes: 1 | 2): Uint8Array {
    return this.skip(lengthBytes === 1 ? this.uint8() : this.uint16());
  }
}
