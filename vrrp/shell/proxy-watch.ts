import { connect, type Socket } from "node:net";
import { parseValue } from "../../config/document.ts";
import { proxyWatchSchema } from "../../config/status.ts";
import { eachLine } from "../../daemon/lines.ts";
import type { ProxyHealth } from "../core/eligibility.ts";

export type ProxyWatchEvents = {
  /** Health or its reason has changed. */
  readonly onHealth: (health: ProxyHealth) => void;
  /** The process that speaks has a lifeline, at this path and in this thread; null: it speaks for the proxy no more. */
  readonly onLifeline: (path: string | null, thread: number | undefined) => void;
};

/** How soon a proxy that just started is found. */
const RECONNECT_MS = 50;
const LINE_LENGTH_MAX = 65_536;

/**
 * Follows the local proxy's own word on whether it serves, for as long as it takes.
 *
 * The kernel closes the connections of a process that dies, so death is seen at once; a proxy that hangs is seen by its silence.
 */
export class ProxyWatch {
  readonly #path: string;
  readonly #events: ProxyWatchEvents;
  #silenceMs: number;
  #known: ProxyHealth | undefined;
  #socket: Socket | undefined;
  #lifeline: string | null = null;
  #words = 0;
  #silence: NodeJS.Timeout | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param path  of the proxy's status socket
   * @param silenceMs  a proxy that is silent for longer has failed
   */
  constructor(path: string, silenceMs: number, events: ProxyWatchEvents) {
    this.#path = path;
    this.#silenceMs = silenceMs;
    this.#events = events;
    this.#connect();
  }

  allowSilence(silenceMs: number): void {
    this.#silenceMs = silenceMs;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#reconnect);
    clearTimeout(this.#silence);
    this.#socket?.destroy();
  }

  #connect(): void {
    const socket = connect(this.#path);
    let end = "closed the connection";
    let isRefused = false;
    this.#lifeline = null;
    socket.on("connect", () => socket.write('{"request":"watch"}\n'));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      isRefused = error.syscall === "connect";
      end = isRefused ? `not running (${error.code})` : error.message;
    });
    socket.on("close", () => this.#lose(end, isRefused));
    eachLine(socket, LINE_LENGTH_MAX, (line) => this.#hear(line));
    this.#socket = socket;
    this.#awaitWord();
  }

  #hear(line: string): void {
    this.#words += 1;
    this.#awaitWord();
    const parsed = parseValue(proxyWatchSchema, parseJson(line));
    if (parsed.ok) {
      const { lifeline, lifelineThread, hasMoved } = parsed.value;
      this.#holdOn(hasMoved === true ? null : (lifeline ?? null), lifelineThread);
    }
    if (parsed.ok && parsed.value.hasMoved === true) this.#follow();
    else if (parsed.ok) this.#tell(parsed.value.isServing, parsed.value.because);
    else this.#tell(false, "says something that is not a status");
  }

  /** The proxy has a successor at the same path: nothing has failed. */
  #follow(): void {
    this.#socket?.removeAllListeners("close").destroy();
    this.#connect();
  }

  /** Once a connection: what the process that speaks has is its as long as it lives. */
  #holdOn(lifeline: string | null, thread: number | undefined): void {
    if (lifeline === this.#lifeline) return;
    this.#lifeline = lifeline;
    this.#events.onLifeline(lifeline, thread);
  }

  #awaitWord(): void {
    clearTimeout(this.#silence);
    const words = this.#words;
    // When this process has slept, the timer is late and words wait in the socket: read them before believing the silence.
    this.#silence = setTimeout(() => setImmediate(() => this.#endSilence(words)), this.#silenceMs);
  }

  #endSilence(words: number): void {
    if (this.#isClosed || words !== this.#words) return;
    this.#tell(false, `silent for ${this.#silenceMs} ms`);
    this.#socket?.destroy();
  }

  #lose(because: string, isRefused: boolean): void {
    clearTimeout(this.#silence);
    if (this.#isClosed) return;
    // Why it failed first says more than that the connection ended then.
    if (this.#known?.isHealthy !== false || isRefused) this.#tell(false, because);
    this.#reconnect = setTimeout(() => this.#connect(), RECONNECT_MS);
  }

  #tell(isHealthy: boolean, because: string): void {
    if (this.#known?.isHealthy === isHealthy && this.#known.because === because) return;
    this.#known = { isHealthy, because };
    this.#events.onHealth(this.#known);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // reported by the caller as "not a status"
  }
}
