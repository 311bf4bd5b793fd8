import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, isIP } from "node:net";
import { createServer, type Server } from "node:tls";
import { ClientHelloDecoder, type HelloStep } from "../../../proxy/wire/client-hello.ts";
import { decodeProxyHeader, encodeProxyHeader, type ProxyHeader } from "../../../proxy/wire/proxy-protocol.ts";
import { HELLO_NAMELESS, HELLO_TLS12, HELLO_TLS13 } from "../lib/client-hellos.ts";
import { type Random, randomOf } from "./random.ts";

// What decides about a connection before TLS and HTTP, nearly right: hellos and headers of the PROXY protocol, changed
// at random and in pieces.
//
//   - pieces make no difference;
//   - the name that is read is the one that the runtime's TLS reads, wherever that reads any;
//   - an address that is read is one, and a line has it as the specification writes it.

const HELLOS = [HELLO_TLS12, HELLO_TLS13, HELLO_NAMELESS];
const HEADERS = [
  Buffer.from("PROXY TCP4 192.0.2.7 198.51.100.9 56324 443\r\nGET / HTTP/1.1\r\n"),
  Buffer.from("PROXY TCP6 2001:db8::7 2001:db8::9 56324 443\r\n"),
  Buffer.from("PROXY UNKNOWN\r\n"),
  Buffer.from(encodeProxyHeader({ address: "192.0.2.7", port: 56_324 }, { address: "198.51.100.9", port: 443 })),
  Buffer.from(encodeProxyHeader({ address: "2001:db8::7", port: 56_324 }, { address: "2001:db8::9", port: 443 })),
];
const MUTATIONS_MAX = 3;

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => put(bytes, random.below(bytes.length), 1, [random.below(256)]),
  (bytes, random) => {
    const at = random.below(bytes.length);
    return put(bytes, at, 1, [(bytes[at] ?? 0) + random.pick([-1, 1, 2, 16])]);
  },
  (bytes, random) => put(bytes, random.below(bytes.length + 1), 0, [random.pick([0, 1, 10, 13, 22, 32, 46, 255])]),
  (bytes, random) => put(bytes, random.below(bytes.length), 1 + random.below(4), []),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  // A part of it once more.
  (bytes, random) => {
    const from = random.below(bytes.length);
    return put(bytes, random.below(bytes.length + 1), 0, bytes.subarray(from, from + random.below(40)));
  },
  // The first record as two.
  (bytes, random) => {
    const length = (bytes[3] ?? 0) * 256 + (bytes[4] ?? 0);
    if (length < 2 || bytes.length < 5 + length) return bytes;
    const at = 1 + random.below(length - 1);
    const record = (part: Buffer) => [...bytes.subarray(0, 3), part.length >> 8, part.length & 255, ...part];
    const [one, two] = [bytes.subarray(5, 5 + at), bytes.subarray(5 + at, 5 + length)];
    return Buffer.from([...record(one), ...record(two), ...bytes.subarray(5 + length)]);
  },
];

export class PrefaceFuzz {
  readonly #tls: Server;
  #asked: string | undefined;

  private constructor(pem: string) {
    this.#tls = createServer({
      cert: pem,
      key: pem,
      SNICallback: (name, done) => {
        this.#asked = name.toLowerCase();
        done(null);
      },
    });
    this.#tls.on("tlsClientError", (_, socket) => socket.destroy());
  }

  /** @param pem  chain and key of the TLS server whose reading of a hello counts */
  static async start(pem: string): Promise<PrefaceFuzz> {
    const fuzz = new PrefaceFuzz(pem);
    fuzz.#tls.listen(0, "127.0.0.1");
    await once(fuzz.#tls, "listening");
    return fuzz;
  }

  stop(): void {
    this.#tls.close();
  }

  /** @throws with the octets that it took, when they were misread */
  async turn(seed: number, turn: number): Promise<void> {
    const random = randomOf(seed, turn);
    const isHello = random.once(2);
    const bytes = changed(random.pick(isHello ? HELLOS : HEADERS), random);
    try {
      if (isHello) await this.#judgeHello(bytes, random);
      else judgeHeader(bytes, random);
    } catch (error) {
      const what = `turn ${turn} of seed ${seed}, ${isHello ? "hello" : "header"} ${bytes.toString("base64")}`;
      throw new Error(`${what}: ${(error as Error).message}`);
    }
  }

  async #judgeHello(bytes: Buffer, random: Random): Promise<void> {
    const read = helloIn([bytes]);
    assert.deepEqual(helloIn(piecesOf(bytes, random)), read);
    if (read.kind !== "hello") return;
    const asked = await this.#nameOf(bytes);
    if (asked !== undefined) assert.equal(read.serverName, asked);
  }

  /** The name that TLS asks a certificate for; undefined: none, or it reads no hello. */
  #nameOf(bytes: Buffer): Promise<string | undefined> {
    const { port } = this.#tls.address() as AddressInfo;
    this.#asked = undefined;
    return new Promise((resolve) => {
      const client = connect(port, "127.0.0.1");
      client.on("error", () => undefined);
      client.on("close", () => resolve(this.#asked));
      client.resume();
      client.end(bytes);
    });
  }
}

function helloIn(pieces: readonly Buffer[]): HelloStep {
  const decoder = new ClientHelloDecoder();
  let step: HelloStep = { kind: "needMore" };
  for (const piece of pieces) {
    step = decoder.push(piece);
    if (step.kind !== "needMore") return step;
  }
  return step;
}

const LINE = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r\n/;

function judgeHeader(bytes: Buffer, random: Random): void {
  const read = decodeProxyHeader(bytes);
  const [first = bytes] = piecesOf(bytes, random);
  const early: ProxyHeader = decodeProxyHeader(first);
  if (early.kind !== "needMore") assert.deepEqual(early, read);
  if (read.kind !== "header" || read.source === undefined) return;
  const { address, port } = read.source;
  assert.ok(isIP(address) !== 0 && port >= 0 && port <= 65_535, `${address} ${port}`);
  if (!bytes.subarray(0, 6).equals(Buffer.from("PROXY "))) return;
  const line = LINE.exec(bytes.toString("latin1"));
  assert.deepEqual([line?.[0].length, line?.[1], Number(line?.[4])], [read.length, String(isIP(address)), port]);
}

function changed(bytes: Buffer, random: Random): Buffer {
  let now = bytes;
  for (let count = random.below(MUTATIONS_MAX + 1); count > 0; count--)
    if (now.length > 0) now = random.pick(MUTATIONS)(now, random);
  return now;
}

function piecesOf(bytes: Buffer, random: Random): Buffer[] {
  const at = random.below(bytes.length + 1);
  if (random.once(4)) return [...bytes].map((octet) => Buffer.from([octet]));
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

function put(bytes: Buffer, at: number, length: number, inserted: Iterable<number>): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([...inserted]), bytes.subarray(at + length)]);
}
