import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** A response as a client got it. */
export type SeenResponse = {
  readonly status: number;
  readonly head: string;
  readonly body: string;
};

/** A client that sends octets as they are given and reads responses one by one. */
export class RawClient {
  readonly socket: Socket;
  /** Everything received, latin1. */
  text = "";
  isClosed = false;
  #read = 0;
  #wake: (() => void) | undefined;

  /** @param socket  that stands already */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.text += bytes.toString("latin1");
      this.#wake?.();
    });
    const closed = () => {
      this.isClosed = true;
      this.#wake?.();
    };
    socket.on("end", closed);
    socket.on("error", closed);
    socket.on("close", closed);
  }

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new RawClient(socket));
      });
    });
  }

  static openTls(port: number, servername: string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const options = { port, host: "127.0.0.1", servername, rejectUnauthorized: false };
      const socket = connectTls(options, () => {
        socket.off("error", reject);
        resolve(new RawClient(socket));
      });
      socket.once("error", reject);
    });
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Next response; `method` decides whether it has a body. */
  async response(method = "GET"): Promise<SeenResponse> {
    for (;;) {
      const taken = takeResponse(this.text.slice(this.#read), method, this.isClosed);
      if (taken !== undefined) {
        this.#read += taken.length;
        return taken.response;
      }
      if (this.isClosed) throw new Error(`connection closed after ${JSON.stringify(this.text.slice(this.#read))}`);
      await this.#event();
    }
  }

  /** Resolves with everything received when the proxy has ended the connection. */
  async closed(): Promise<string> {
    while (!this.isClosed) await this.#event();
    return this.text;
  }

  /** Resolves when that many characters have come. */
  async has(length: number): Promise<void> {
    while (this.text.length < length && !this.isClosed) await this.#event();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #event(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Sends octets on a connection of their own and returns everything that comes back until it is closed. */
export async function talk(port: number, text: string): Promise<string> {
  const client = await RawClient.open(port);
  client.send(text);
  const answer = await client.closed();
  client.destroy();
  return answer;
}

function takeResponse(
  text: string,
  method: string,
  isClosed: boolean,
): { response: SeenResponse; length: number } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const start = end + 4;
  const done = (body: string, length: number) => ({ response: { status, head, body }, length });
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return done("", start);
  if (/^transfer-encoding:[ \t]*chunked/im.test(head)) {
    const chunks = takeChunks(text, start);
    return chunks === undefined ? undefined : done(chunks.body, chunks.end);
  }
  const length = /^content-length:[ \t]*(\d+)/im.exec(head)?.[1];
  if (length !== undefined) {
    if (text.length < start + Number(length)) return undefined;
    return done(text.slice(start, start + Number(length)), start + Number(length));
  }
  return isClosed ? done(text.slice(start), text.length) : undefined;
}

/** The chunked body that starts there, if all of it has come. */
function takeChunks(text: string, start: number): { body: string; end: number } | undefined {
  let body = "";
  for (let at = start; ; ) {
    const line = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 20));
    if (line === null) return undefined;
    const size = Number.parseInt(line[1] ?? "", 16);
    const from = at + line[0].length;
    at = from + size + 2;
    if (text.length < at) return undefined;
    if (size === 0) return { body, end: at };
    body += text.slice(from, from + size);
  }
}
