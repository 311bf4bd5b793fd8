import assert from "node:assert/strict";
import { exchanges } from "../lib/exchange-table.ts";
import type { RawClient, SeenResponse } from "../lib/raw-client.ts";
import type { RawOrigin, SeenRequest } from "../lib/raw-origin.ts";
import { mutate } from "./mutate.ts";
import { type Random, randomOf } from "./random.ts";
import { type ReadRequest, readStrictly } from "./strict-reading.ts";

// Exchanges of the table, changed at random and pipelined, through a proxy to a backend that reads laxly:
//
//   - the backend gets no request that a strict reading of the client's octets does not have, in their order;
//   - it never gets more requests than were answered;
//   - whatever a client or a backend has said, the next exchange is itself.

const table = exchanges().filter(({ request }) => request.length < 2_000);
const REQUESTS = table.filter(({ response }) => response === undefined).map(({ request }) => request);
const RESPONSES = exchanges("responses.txt").flatMap(({ response }) => response?.text ?? []);
const PIPELINED_MAX = 4;
const PIECES_MAX = 3;
/** A turn that lasts longer hangs. */
const TURN_MS = 20_000;

export class Fuzz {
  readonly #origin: RawOrigin;
  readonly #open: () => Promise<RawClient>;
  readonly #who: "both" | "clients";
  #evil = "";

  /**
   * @param open  connects to a proxy whose app1 at /app1/ has that backend
   * @param who  is nearly right: `clients` where somebody else stands before the backend
   */
  constructor(origin: RawOrigin, open: () => Promise<RawClient>, who: "both" | "clients" = "both") {
    this.#origin = origin;
    this.#open = open;
    this.#who = who;
    origin.answer = ({ head }) => {
      const path = /^\S+ (\S*)/.exec(head)?.[1] ?? "";
      if (path === "/evil") return (socket) => socket.end(this.#evil, "latin1");
      const length = head.startsWith("HEAD ") ? "" : path;
      return `HTTP/1.1 200 OK\r\nContent-Length: ${length.length}\r\n\r\n${length}`;
    };
  }

  /**
   * One client, or one backend, that is nearly right.
   *
   * @throws with the octets that it took, when anyone was misled
   */
  async turn(seed: number, turn: number): Promise<void> {
    const random = randomOf(seed, turn);
    this.#origin.forget();
    const isBackend = random.once(4) && this.#who === "both";
    const text = isBackend ? mutate(random.pick(RESPONSES), random, RESPONSES) : requestsOf(random);
    let timer: NodeJS.Timeout | undefined;
    const hang = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end within ${TURN_MS} ms`)), TURN_MS);
    });
    try {
      await Promise.race([hang, isBackend ? this.answer(text) : this.ask(piecesOf(text, random))]);
      await Promise.race([hang, this.probe(`probe${turn}`)]);
    } catch (error) {
      const who = isBackend ? "backend" : "client";
      throw new Error(
        `turn ${turn} of seed ${seed}, the ${who} said ${JSON.stringify(text)}: ${(error as Error).message}`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** A client that says this, piece by piece, and then no more. */
  async ask(pieces: readonly string[]): Promise<void> {
    const client = await this.#open();
    for (const piece of pieces) {
      client.send(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.socket.end();
    const got = await client.closed();
    client.destroy();
    const answered = got.match(/HTTP\/1\.1 [2-5]\d\d /g)?.length ?? 0;
    const { requests } = this.#origin;
    assert.ok(requests.length <= answered, `${requests.length} requests seen, ${answered} answered`);
    assertRead(requests, readStrictly(pieces.join("")));
  }

  /** A backend that answers this, and then ends its connection. */
  async answer(text: string): Promise<void> {
    this.#evil = text;
    const client = await this.#open();
    client.send("GET /app1/evil HTTP/1.1\r\nHost: a\r\n\r\nGET /app1/behind HTTP/1.1\r\nHost: a\r\n\r\n");
    client.socket.end();
    const responses = await responsesOf(client);
    client.destroy();
    for (const { head } of responses) assert.match(`${head}\r\n\r\n`, HEAD);
    const [, behind, ...more] = responses.filter(({ status }) => status >= 200);
    assert.equal(more.length, 0, "no more responses than requests");
    const isBehindSeen = this.#origin.requests.some(({ head }) => head.startsWith("GET /behind "));
    assert.equal(behind?.body, isBehindSeen ? "/behind" : undefined);
  }

  /** Another client, whose answer must be its own. */
  async probe(name: string): Promise<void> {
    const client = await this.#open();
    client.send(`GET /app1/${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const { status, body } = await client.response();
    client.destroy();
    assert.deepEqual([status, body], [200, `/${name}`]);
  }
}

/** A head of ours, octet by octet. */
const HEAD = /^HTTP\/1\.1 \d{3} [\t -~\x80-\xff]*\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*\r\n$/;

/** All whole responses until the connection ends. */
async function responsesOf(client: RawClient): Promise<SeenResponse[]> {
  const responses: SeenResponse[] = [];
  await client.closed();
  try {
    for (;;) responses.push(await client.response());
  } catch {
    return responses;
  }
}

function requestsOf(random: Random): string {
  const count = 1 + random.below(PIPELINED_MAX);
  return Array.from({ length: count }, () => mutate(random.pick(REQUESTS), random, REQUESTS)).join("");
}

function piecesOf(text: string, random: Random): string[] {
  const cuts = Array.from({ length: random.below(PIECES_MAX) }, () => random.below(text.length + 1)).sort(
    (a, b) => a - b,
  );
  return [0, ...cuts].map((from, index) => text.slice(from, cuts[index]));
}

/** What was seen is among what was read, in that order: the rest was answered by the proxy itself. */
function assertRead(seen: readonly SeenRequest[], read: readonly ReadRequest[]): void {
  let next = 0;
  for (const { head, body } of seen) {
    const [, method = "", target = ""] = /^(\S+) (\S+) HTTP\/1\.1\r\n/.exec(`${head}\r\n`) ?? [];
    while (next < read.length && !isSame(read[next], method, target, body)) next++;
    assert.ok(next < read.length, `nobody asked for ${JSON.stringify(head)} with ${JSON.stringify(body)}`);
    next++;
  }
}

function isSame(read: ReadRequest | undefined, method: string, target: string, body: string): boolean {
  if (read?.method !== method || read.body !== body) return false;
  // The normal form of a path is path.test.ts's; here, one that has nothing to normalise is what it was.
  const isPlain = /^\/app1\/[A-Za-z0-9]*(?:\?.*)?$/.test(read.target);
  return !isPlain || read.target === `/app1${target}`;
}
