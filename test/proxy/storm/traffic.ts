import { RawClient } from "../lib/raw-client.ts";

const HANDSHAKE =
  "GET /app1/chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/** Requests on a connection before the client opens another. */
const REQUESTS_PER_CONNECTION = 200;
const WRONG_KEPT_MAX = 20;

export type Places = { readonly port: number; readonly tlsPort: number };
export type Crowd = {
  readonly lasting: number;
  readonly fleeting: number;
  readonly tls: number;
  readonly tunnels: number;
};

/** Clients that ask without pause, each for something of its own, and look at what they get. */
export class Traffic {
  answered = 0;
  /** What went wrong, the first times. */
  readonly wrong: string[] = [];
  wrongCount = 0;
  readonly #clients: Promise<void>[];
  readonly #tunnels: RawClient[] = [];
  #isOver = false;
  #numbers = 0;
  #onAnswer: (() => void) | undefined;

  private constructor(places: Places, { lasting, fleeting, tls }: Crowd) {
    this.#clients = [
      ...Array.from({ length: lasting }, () => this.#ask(REQUESTS_PER_CONNECTION, () => RawClient.open(places.port))),
      ...Array.from({ length: fleeting }, () => this.#ask(1, () => RawClient.open(places.port))),
      ...Array.from({ length: tls }, () => this.#ask(3, () => RawClient.openTls(places.tlsPort, "a.example"))),
    ];
  }

  /** Begins with the tunnels: they are to last. */
  static async start(places: Places, crowd: Crowd): Promise<Traffic> {
    const tunnels = await Promise.all(
      Array.from({ length: crowd.tunnels }, async () => {
        const client = await RawClient.open(places.port);
        client.send(HANDSHAKE);
        const { status } = await client.response();
        if (status !== 101) throw new Error(`a tunnel was refused with ${status}`);
        return client;
      }),
    );
    const traffic = new Traffic(places, crowd);
    traffic.#tunnels.push(...tunnels);
    return traffic;
  }

  /** Sends something through every tunnel, and waits until it has come back. */
  async useTunnels(): Promise<void> {
    for (const [index, client] of this.#tunnels.entries()) {
      const said = `tunnel ${index} says ${this.#numbers++}\n`;
      const heard = client.text.length;
      client.send(said);
      await client.has(heard + said.length);
      if (client.text.slice(heard) !== said) this.#report(`tunnel ${index} was cut`);
      // A tunnel lasts for as many words as there are changes: what was heard is not kept.
      else client.text = "";
    }
  }

  /** Resolves when that many more requests have been answered. */
  async more(count: number): Promise<void> {
    const goal = this.answered + count;
    while (this.answered < goal) {
      await new Promise<void>((resolve) => {
        this.#onAnswer = resolve;
      });
    }
  }

  /** Resolves when the last request has been answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    for (const client of this.#tunnels) client.destroy();
  }

  async #ask(perConnection: number, open: () => Promise<RawClient>): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#askOn(await open(), perConnection);
      } catch (error) {
        this.#report((error as Error).message);
      }
    }
  }

  async #askOn(client: RawClient, requests: number): Promise<void> {
    for (let count = 0; count < requests && !this.#isOver; count++) {
      const name = `/x${this.#numbers++}`;
      const isPost = count % 5 === 4;
      const [line, body] = isPost ? ["POST", "hello"] : ["GET", ""];
      client.send(`${line} /app1${name} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      const { status, body: got, head } = await client.response();
      if (status === 200 && got === name) this.#count();
      else this.#report(`${line} ${name}: ${status} ${JSON.stringify(got.slice(0, 100))}`);
      if (/\r\nConnection: close/i.test(head)) break;
    }
    client.destroy();
  }

  #count(): void {
    this.answered++;
    this.#onAnswer?.();
  }

  #report(what: string): void {
    this.wrongCount++;
    if (this.wrong.length < WRONG_KEPT_MAX) this.wrong.push(what);
  }
}
