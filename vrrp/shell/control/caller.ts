import { connect, type Socket } from "node:net";
import { eachLine } from "../../../daemon/lines.ts";
import { makeNonce, openSeal, type Seal } from "./seal.ts";
import {
  type CallerWord,
  listenerGreeting,
  listenerWord,
  type PeerAnswer,
  type PeerRequest,
  parseWord,
  type StateWord,
} from "./words.ts";

/** How a path ended: the peer said good-bye, the connection closed without a word, or nothing more came. */
export type Loss = "bye" | "closed" | "silent" | "refused" | "unreachable" | "stranger";

export type CallerEvents = {
  readonly onState: (word: StateWord) => void;
  /** @param wasUp  the peer had been heard on this connection */
  readonly onLoss: (loss: Loss, because: string, wasUp: boolean) => void;
};

export type CallerOptions = {
  readonly address: string;
  readonly port: number;
  readonly key: Uint8Array;
  readonly name: string;
  readonly silenceMs: number;
};

const LINE_LENGTH_MAX = 262_144;
const REDIAL_MS = 250;
const ANSWER_MS_MAX = 3_000;

/** One path to the other host: calls it, listens to how it is, asks it things. Calls again as often as needed. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #events: CallerEvents;
  readonly #waiting = new Map<number, (answer: PeerAnswer) => void>();
  #socket: Socket | undefined;
  #seal: Seal | undefined;
  #isUp = false;
  #because = "not called yet";
  #requests = 0;
  #redial: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: CallerOptions, events: CallerEvents) {
    this.#options = options;
    this.#events = events;
    this.#dial();
  }

  get address(): string {
    return this.#options.address;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Why it is as it is. */
  get because(): string {
    return this.#because;
  }

  /** Calls now, if it is not connected. */
  dialNow(): void {
    if (this.#socket !== undefined || this.#isClosed) return;
    clearTimeout(this.#redial);
    this.#dial();
  }

  /** @returns what the peer answered; a refusal when it does not answer in time */
  ask(request: PeerRequest): Promise<PeerAnswer> {
    this.#requests += 1;
    const number = this.#requests;
    return new Promise((resolve) => {
      const finish = (answer: PeerAnswer) => {
        clearTimeout(timer);
        this.#waiting.delete(number);
        resolve(answer);
      };
      const refusal = { isOk: false, problems: [`${this.address}: no answer within ${ANSWER_MS_MAX} ms`] };
      const timer = setTimeout(() => finish(refusal), ANSWER_MS_MAX);
      this.#waiting.set(number, finish);
      this.#say({ kind: "request", number, request });
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#redial);
    clearTimeout(this.#silence);
    this.#socket?.destroy();
  }

  #dial(): void {
    const { address: host, port } = this.#options;
    const socket = connect({ host, port, noDelay: true });
    let opened: Seal | undefined;
    this.#socket = socket;
    this.#awaitWord(socket);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const isRefused = error.syscall === "connect" && error.code === "ECONNREFUSED";
      const loss = isRefused ? "refused" : error.syscall === "connect" ? "unreachable" : "closed";
      this.#lose(socket, loss, error.code ?? error.message);
    });
    // The end of the other side's data is enough: it will say nothing more.
    socket.on("end", () => this.#lose(socket, "closed", "closed by the other host"));
    socket.on("close", () => this.#lose(socket, "closed", "closed by the other host"));
    eachLine(socket, LINE_LENGTH_MAX, (line) => {
      if (socket !== this.#socket) return;
      if (opened === undefined) opened = this.#greet(socket, line);
      else this.#hear(socket, opened.open(line));
    });
  }

  #greet(socket: Socket, line: string): Seal | undefined {
    const { key, name } = this.#options;
    const greeting = parseWord(listenerGreeting, line);
    if (greeting === undefined) {
      this.#lose(socket, "stranger", "does not speak this protocol");
      return undefined;
    }
    const nonce = makeNonce();
    socket.write(`${JSON.stringify({ nonce })}\n`);
    this.#seal = openSeal(key, "to-listener", greeting.nonce, nonce);
    this.#say({ kind: "hello", name });
    return openSeal(key, "to-caller", greeting.nonce, nonce);
  }

  #hear(socket: Socket, json: string | undefined): void {
    const word = parseWord(listenerWord, json);
    if (word === undefined) {
      this.#lose(socket, "stranger", "has another key or another version");
      return;
    }
    this.#awaitWord(socket);
    switch (word.kind) {
      case "state":
        this.#isUp = true;
        this.#because = "connected";
        this.#events.onState(word);
        break;
      case "answer":
        this.#waiting.get(word.number)?.(word.answer);
        break;
      case "bye":
        this.#lose(socket, "bye", "stopped");
        break;
    }
  }

  #say(word: CallerWord): void {
    const { writable } = this.#socket ?? { writable: false };
    if (writable && this.#seal !== undefined) this.#socket?.write(`${this.#seal.close(JSON.stringify(word))}\n`);
  }

  #awaitWord(socket: Socket): void {
    clearTimeout(this.#silence);
    const { silenceMs } = this.#options;
    this.#silence = setTimeout(() => this.#lose(socket, "silent", `silent for ${silenceMs} ms`), silenceMs);
  }

  #lose(socket: Socket, loss: Loss, because: string): void {
    if (this.#isClosed || socket !== this.#socket) return;
    const wasUp = this.#isUp;
    clearTimeout(this.#silence);
    this.#socket = undefined;
    this.#seal = undefined;
    this.#isUp = false;
    this.#because = because;
    socket.destroy();
    this.#redial = setTimeout(() => this.#dial(), REDIAL_MS);
    this.#events.onLoss(loss, because, wasUp);
  }
}
