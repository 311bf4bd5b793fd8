import { connect, type TLSSocket } from "node:tls";

const CLIENTS = 32;
const HEAD = (path: string, method = "GET", more = "") =>
  `${method} /app1/${path} HTTP/1.1\r\nHost: example.com\r\nCookie: a=1; SRVID_app1=b1\r\n${more}\r\n`;
/** How long a client that has stopped reading stays. */
const STARE_MS = 200;

/** What a client does with its connection; each resolves when it is done with it. */
type Habit = (socket: TLSSocket, storm: Storm) => Promise<void>;

const HABITS: readonly Habit[] = [
  // Well behaved, several requests: their answers are what is checked.
  async (socket, storm) => {
    for (let count = 0; count < 5; count++) storm.judge(await ask(socket, HEAD("small"), 512));
  },
  async (socket, storm) => storm.judge(await ask(socket, HEAD("large"), 1_048_576)),
  // Goes in the middle of what it gets.
  async (socket) => {
    socket.write(HEAD("large"));
    await new Promise((resolve) => socket.once("data", resolve).once("close", resolve));
  },
  // Asks and does not read.
  async (socket) => {
    socket.pause();
    socket.write(HEAD("large").repeat(3));
    await new Promise((resolve) => setTimeout(resolve, STARE_MS));
  },
  // Goes in the middle of its head.
  async (socket) => {
    socket.write(HEAD("small").slice(0, 20));
    await new Promise((resolve) => setTimeout(resolve, STARE_MS / 4));
  },
  // Goes in the middle of its body.
  async (socket) => {
    socket.write(HEAD("upload", "POST", "Content-Length: 1000000\r\n"));
    socket.write("x".repeat(100_000));
    await new Promise((resolve) => setTimeout(resolve, STARE_MS / 4));
  },
  // Is refused.
  async (socket) => {
    socket.write("GET /app1/ HTTP/1.1\r\nHost: example.com\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
  },
  // Asks, says that it will say no more, and reads to the end.
  async (socket) => {
    socket.end(HEAD("small", "GET", "Connection: close\r\n"));
    await new Promise((resolve) => socket.once("close", resolve));
  },
];

/** Clients of every kind, at once, for a while. */
export class Storm {
  answered = 0;
  aborted = 0;
  wrong = 0;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async rage(durationMs: number): Promise<void> {
    const endMs = performance.now() + durationMs;
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (let turn = client; performance.now() < endMs; turn++) await this.#visit(HABITS[turn % HABITS.length]);
      }),
    );
  }

  judge(isRight: boolean): void {
    if (isRight) this.answered++;
    else this.wrong++;
  }

  async #visit(habit: Habit | undefined): Promise<void> {
    const socket = connect({
      host: "127.0.0.1",
      port: this.#port,
      servername: "example.com",
      rejectUnauthorized: false,
    });
    socket.on("error", () => socket.destroy());
    socket.resume();
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("secureConnect", () => resolve(true)).once("close", () => resolve(false));
    });
    if (!isOpen) this.wrong++;
    else await habit?.(socket, this);
    if (!socket.destroyed) this.aborted++;
    socket.destroy();
  }
}

/** Whether the answer is 200 with so many octets. */
function ask(socket: TLSSocket, request: string, length: number): Promise<boolean> {
  return new Promise((resolve) => {
    let text = "";
    const done = (isRight: boolean) => {
      socket.off("data", hear).off("close", gone);
      resolve(isRight);
    };
    const gone = () => done(false);
    const hear = (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0 || text.length < end + 4 + length) return;
      done(text.startsWith("HTTP/1.1 200 ") && text.length === end + 4 + length);
    };
    socket.on("data", hear).on("close", gone);
    socket.write(request);
  });
}
