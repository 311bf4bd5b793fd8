import assert from "node:assert/strict";
import type { Socket } from "node:net";
import type { Exchange } from "./exchange-table.ts";
import type { RawClient, SeenResponse } from "./raw-client.ts";
import { OK, RawOrigin, type SeenRequest } from "./raw-origin.ts";

/** Sends the octets of a client, in whatever pieces. */
export type Sender = (client: RawClient, text: string) => Promise<void> | void;

type Answer = NonNullable<Exchange["response"]>;
/** Sends the octets of a backend, in whatever pieces; nobody asks again before it is done. */
export type Responder = (socket: Socket, answer: Answer) => Promise<void> | void;

/** What of the backend's part is compared: with `messages`, chunks may be cut otherwise. */
export type Compared = "octets" | "messages";

const SMUGGLED = "GET /app1/smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n";
const get = (path: string) => `GET /app1/${path} HTTP/1.1\r\nHost: example.com\r\n\r\n`;
const FOLLOWING = [
  "GET /next HTTP/1.1",
  "Host: example.com",
  "X-Forwarded-For: 127.0.0.1",
  "X-Forwarded-Proto: http",
  "X-Forwarded-Host: example.com",
  "X-Forwarded-Prefix: /app1",
  "\r\n",
].join("\r\n");

/** One backend, and a way to clients of the proxy before it: where the exchanges of the table are held. */
export class ExchangeRig {
  readonly origin: RawOrigin;
  readonly #open: () => Promise<RawClient>;
  #answer: (request: SeenRequest) => Answer = () => ({ text: OK, isEnded: false });
  #respond: Responder = whole;
  #responding: Promise<void> | void = undefined;

  private constructor(origin: RawOrigin, open: () => Promise<RawClient>) {
    this.origin = origin;
    this.#open = open;
    origin.answer = (request) => {
      const name = /^GET \/(first|next) /.exec(request.head)?.[1];
      if (name !== undefined) return `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;
      return (socket) => {
        this.#responding = this.#respond(socket, this.#answer(request));
      };
    };
  }

  /** @param serve  starts a proxy whose app1 at /app1/ has this backend and no cookie; says how its clients connect */
  static async start(serve: (address: string) => Promise<() => Promise<RawClient>>): Promise<ExchangeRig> {
    const origin = await RawOrigin.start();
    const rig = new ExchangeRig(origin, await serve(origin.address));
    // From here on there is an idle connection to the backend, for whatever may come over it.
    await rig.#ask("first");
    return rig;
  }

  /**
   * Holds an exchange, once for each way of sending it, and judges what everyone got.
   *
   * @param sends  on one connection, if the client's is to be kept; the request behind the last must be itself
   */
  async hold(exchange: Exchange, sends: readonly Sender[], compared: Compared): Promise<void> {
    const { origin } = this;
    const { ending } = exchange;
    const mark = origin.heard.length;
    const seenBefore = origin.requests.length;
    this.#answer = (request) => answerTo(exchange, request);
    let kept: RawClient | undefined;
    for (const send of sends) {
      const client = kept ?? (await this.#open());
      const start = client.text.length;
      await send(client, ending === "close" ? exchange.request + SMUGGLED : exchange.request);
      judgeAnswer(exchange, await gather(client, start, exchange));
      await this.#responding;
      if (ending === "keep") kept = client;
      else client.destroy();
    }
    await this.#ask("next", kept);
    kept?.destroy();

    const fed = origin.heard.slice(mark);
    assert.ok(fed.endsWith(FOLLOWING), "the next request reached the backend as it is");
    const seen = origin.requests.slice(seenBefore, -1);
    if (exchange.forwarded === undefined) assert.deepEqual(seen, []);
    else this.#judgeForwarded(exchange.forwarded.repeat(sends.length), fed.slice(0, -FOLLOWING.length), compared);
    const isReused = origin.requests.at(-1)?.connection === seen[0]?.connection;
    if (exchange.upstream !== "either") assert.equal(isReused ? "reused" : "left", exchange.upstream);
  }

  /** Holds an exchange, once for each way in which its backend answers. */
  async holdAnswered(exchange: Exchange, responders: readonly Responder[]): Promise<void> {
    for (const respond of responders) {
      this.#respond = respond;
      await this.hold(exchange, [(client, text) => client.send(text)], "octets");
    }
    this.#respond = whole;
  }

  /** Holds an exchange whose backend goes within its answer: its client is told so, or cut off, and nobody else hears of it. */
  async answerShort(exchange: Exchange, positions: readonly number[]): Promise<void> {
    for (const position of positions) {
      this.#answer = (request) => ({ text: answerTo(exchange, request).text.slice(0, position), isEnded: true });
      const client = await this.#open();
      client.send(exchange.request);
      const { statuses, ending } = await gather(client, 0, exchange);
      const last = statuses.at(-1);
      const isTold = last === 502 && ending === "keep";
      const isCut = last === exchange.statuses.at(-1) && ending === "cut";
      const isSame = last === exchange.statuses.at(-1) && ending === exchange.ending;
      assert.ok(isTold || isCut || isSame, `up to ${position}: ${statuses} ${ending}`);
      if (ending === "keep") await this.#ask("next", client);
      client.destroy();
    }
    await this.#ask("next");
  }

  /** Holds beginnings of an exchange, up to where the client goes; nobody may see more than what was whole. */
  async cutShort(exchange: Exchange, positions: readonly number[]): Promise<void> {
    const { origin } = this;
    const seenBefore = origin.requests.length;
    let answered = 0;
    this.#answer = (request) => answerTo(exchange, request);
    for (const position of positions) {
      const client = await this.#open();
      client.socket.end(exchange.request.slice(0, position), "latin1");
      const statuses = statusesIn(await client.closed());
      client.destroy();
      assert.deepEqual(statuses, exchange.statuses.slice(0, statuses.length), `up to ${position}`);
      answered += statuses.length;
    }
    await this.#ask("next");
    const seen = origin.requests.slice(seenBefore, -1);
    assert.ok(seen.length <= answered, `${seen.length} requests seen, ${answered} answered`);
    const whole = (exchange.forwarded ?? "").replace("{backend}", origin.address);
    for (const { head } of seen) assert.ok(whole.includes(head), `not of this exchange: ${head}`);
  }

  #judgeForwarded(forwarded: string, fed: string, compared: Compared): void {
    const expected = forwarded.replaceAll("{backend}", this.origin.address);
    if (compared === "octets") assert.equal(fed, expected);
    else assert.equal(joinChunks(fed), joinChunks(expected));
  }

  /** A request that must get its own answer. */
  async #ask(name: "first" | "next", client?: RawClient): Promise<void> {
    const asker = client ?? (await this.#open());
    asker.send(get(name));
    const { status, body } = await asker.response();
    assert.deepEqual([status, body], [200, name]);
    if (client === undefined) asker.destroy();
  }
}

function answerTo({ response }: Exchange, { head }: SeenRequest): Answer {
  const ordinary = head.startsWith("HEAD ") ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : OK;
  return response ?? { text: ordinary, isEnded: false };
}

function whole(socket: Socket, { text, isEnded }: Answer): void {
  if (isEnded) socket.end(text, "latin1");
  else socket.write(text, "latin1");
}

function judgeAnswer({ statuses, ending, headLines }: Exchange, got: Got): void {
  assert.deepEqual([got.statuses, got.ending], [statuses, ending]);
  const head = `${got.responses.at(-1)?.head}\r\n`;
  for (const line of headLines) assert.ok(head.includes(`\r\n${line}\r\n`), `${JSON.stringify(line)} in ${head}`);
}

type Got = {
  readonly statuses: number[];
  readonly responses: readonly SeenResponse[];
  readonly ending: Exchange["ending"];
};

/** As many final responses as are due, and what becomes of the connection. */
async function gather(client: RawClient, start: number, { request, statuses }: Exchange): Promise<Got> {
  const method = request.split(" ", 1)[0] ?? "";
  const responses: SeenResponse[] = [];
  try {
    const due = statuses.filter((status) => status >= 200).length;
    while (responses.length < due) {
      const response = await client.response(method);
      if (response.status >= 200) responses.push(response);
    }
  } catch {
    return { statuses: statusesIn(client.text.slice(start)), responses, ending: "cut" };
  }
  const isClosing = /\r\nConnection: close$/im.test(responses.at(-1)?.head ?? "");
  if (isClosing) await client.closed();
  return { statuses: statusesIn(client.text.slice(start)), responses, ending: isClosing ? "close" : "keep" };
}

function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
    .map(([, status]) => Number(status))
    .filter((status) => status !== 100);
}

/** Chunks depend on the reads that brought them: here, neighbours are one. */
function joinChunks(text: string): string {
  const pair = /(?<=\r\n\r\n|^)([0-9a-f]+)\r\n/g;
  for (let match = pair.exec(text); match !== null; match = pair.exec(text)) {
    const joined = joinAt(text, match.index);
    if (joined !== undefined) return text.slice(0, match.index) + joined.text + joinChunks(text.slice(joined.end));
  }
  return text;
}

/** The chunked body that starts there, as one chunk; undefined: there is none. */
function joinAt(text: string, start: number): { readonly text: string; readonly end: number } | undefined {
  let data = "";
  for (let at = start; ; ) {
    const size = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 16));
    if (size === null) return undefined;
    const from = at + size[0].length;
    const length = Number.parseInt(size[1] ?? "", 16);
    data += text.slice(from, from + length);
    at = from + length + 2;
    if (length === 0) return { text: `${data.length.toString(16)}\r\n${data}\r\n0\r\n\r\n`, end: at };
  }
}
