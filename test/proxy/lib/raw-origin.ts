import { createServer, type Server, type Socket } from "node:net";

/** A request as a backend got it. */
export type SeenRequest = {
  /** Request line and fields, as they came, without the empty line. */
  readonly head: string;
  readonly body: string;
  /** Which of the backend's connections it came on, from 0. */
  readonly connection: number;
};

/** What a backend answers: bytes, or whatever it does with the socket itself. */
export type Answer = string | ((socket: Socket, request: SeenRequest) => void);

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A backend on loopback that keeps every octet and reads requests more laxly than any real one. */
export class RawOrigin {
  readonly requests: SeenRequest[] = [];
  /** Octets of each connection, latin1. */
  readonly received: string[] = [];
  /** Octets of all connections, in the order in which they came. */
  heard = "";
  readonly sockets: Socket[] = [];
  answer: (request: SeenRequest) => Answer = () => OK;
  onRequest: ((request: SeenRequest) => void) | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(answer?: (request: SeenRequest) => Answer): Promise<RawOrigin> {
    const server = createServer();
    const origin = new RawOrigin(server);
    if (answer !== undefined) origin.answer = answer;
    server.on("connection", (socket) => origin.#accept(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return origin;
  }

  get address(): string {
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  /** All octets of all connections. */
  get text(): string {
    return this.received.join("");
  }

  /** Resolves when that many requests have come. */
  async seen(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.onRequest = () => resolve();
      });
    }
  }

  /** Forgets what has been; connections that stand are told from later ones by the same numbers. */
  forget(): void {
    this.requests.length = 0;
    this.heard = "";
    this.received.fill("");
    const standing = this.sockets.filter(({ destroyed }) => !destroyed);
    this.sockets.splice(0, this.sockets.length, ...standing);
  }

  /** Refuses connections from now on; those that stand stay. */
  refuse(): void {
    this.#server.close();
  }

  /** Refuses connections from now on; those that stand are ended. */
  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket): void {
    const connection = this.received.push("") - 1;
    this.sockets.push(socket);
    let pending = "";
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      this.received[connection] += text;
      this.heard += text;
      pending += text;
      for (let taken = takeLax(pending); taken !== undefined; taken = takeLax(pending)) {
        pending = pending.slice(taken.length);
        this.#serve(socket, { head: taken.head, body: taken.body, connection });
      }
    });
  }

  #serve(socket: Socket, request: SeenRequest): void {
    this.requests.push(request);
    const answer = this.answer(request);
    if (typeof answer === "string") socket.write(answer, "latin1");
    else answer(socket, request);
    this.onRequest?.(request);
  }
}

/** The first request of a text: any line end, the last of several lengths, chunked wherever the word stands. */
function takeLax(text: string): { head: string; body: string; length: number } | undefined {
  const match = /\r?\n\r?\n/.exec(text);
  if (match === null) return undefined;
  const head = text.slice(0, match.index);
  const start = match.index + match[0].length;
  if (/^\s*transfer[-_]encoding\s*:[^\n]*chunked/im.test(head)) return takeChunks(text, head, start);
  const length = Number([...head.matchAll(/^content-length[ \t]*:[ \t]*(\d+)/gim)].at(-1)?.[1] ?? 0);
  if (text.length < start + length) return undefined;
  return { head, body: text.slice(start, start + length), length: start + length };
}

function takeChunks(
  text: string,
  head: string,
  start: number,
): { head: string; body: string; length: number } | undefined {
  let at = start;
  let body = "";
  for (;;) {
    const line = /^([0-9a-fA-F]+)[^\n]*\n/.exec(text.slice(at));
    if (line === null) return undefined;
    const size = Number.parseInt(line[1] ?? "0", 16);
    at += line[0].length;
    if (size === 0) {
      const end = text.indexOf("\r\n", at);
      return end < 0 ? undefined : { head, body, length: end + 2 };
    }
    if (text.length < at + size + 2) return undefined;
    body += text.slice(at, at + size);
    at += size + 2;
  }
}
