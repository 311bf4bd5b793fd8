import type { Socket } from "node:net";
import type { BackendState } from "../core/backend.ts";
import type { Peer } from "../core/client.ts";
import { errorResponse } from "../core/error-pages.ts";
import { datedHead } from "../core/local-response.ts";
import type { Ending } from "../core/termination.ts";
import { beginSession, endSession } from "../core/traffic.ts";
import { encodeResponse } from "../wire/h1-encode.ts";
import { type DecodedRequest, RequestDecoder } from "../wire/h1-request.ts";
import { Input } from "../wire/input.ts";
import { type Refusal, refuse } from "../wire/refusal.ts";
import type { Timed } from "./deadlines.ts";
import { DirectReader } from "./direct-read.ts";
import { Exchange } from "./exchange.ts";
import { Http1Stream, type StreamHost } from "./h1-stream.ts";
import { Outbox } from "./outbox.ts";
import { logUnheard, type Unheard } from "./refused.ts";
import { IDLE, type SessionView, viewOf } from "./session-view.ts";
import type { Site } from "./site.ts";
import type { Origin } from "./streams.ts";

/** For how many octets a closing connection is still read, so that a reset does not eat the response. */
const LINGER_BYTES_MAX = 65_536;
/** Octets that wait for the exchange under way to take them; beyond, the client has to wait. A head has a limit of its own. */
const HELD_BYTES_MAX = 65_536;

const CLIENT_LEFT: Unheard = { status: 0, because: "clientLeft" };

type Phase = "head" | "exchange" | "linger" | "closed";

/** One HTTP/1 connection of a client: requests one after the other, answered in order. */
export class DownstreamConnection implements StreamHost, Timed {
  deadlineMs: number;
  readonly site: Site;
  readonly socket: Socket;
  readonly input = new Input();
  readonly outbox: Outbox;
  readonly peer: Peer;
  readonly origin: Origin;
  hasClientEnded = false;
  readonly #decoder = new RequestDecoder();
  readonly #reader: DirectReader;
  readonly #onGone: (connection: DownstreamConnection) => void;
  #phase: Phase = "head";
  #stream: Http1Stream | undefined;
  #exchange: Exchange | undefined;
  #startedMs = 0;
  #lingered = 0;
  #isProcessing = false;

  /** @param onGone  called once, when the connection is no more */
  constructor(
    site: Site,
    socket: Socket,
    peer: Peer,
    origin: Origin,
    onGone: (connection: DownstreamConnection) => void,
  ) {
    this.site = site;
    this.socket = socket;
    this.outbox = new Outbox(socket);
    this.peer = peer;
    this.origin = origin;
    this.#onGone = onGone;
    this.deadlineMs = site.deadlines.after(site.table.proxy.timeouts.httpRequestMs);
    site.deadlines.add(this);
    beginSession(origin.traffic, site.clock.read());
    socket.on("drain", () => this.#stream?.onDrain());
    socket.on("end", () => this.#onEnd());
    socket.on("error", () => this.#onClose());
    socket.on("close", () => this.#onClose());
    this.#reader = new DirectReader(socket, (bytes) => this.#onData(bytes));
  }

  /** Ends now if no request is under way; otherwise its response says that it is the last. */
  drain(): void {
    if (this.#phase === "head" && this.input.length === 0) this.#linger();
  }

  view(): SessionView {
    return this.#exchange === undefined ? IDLE : viewOf(this.#exchange);
  }

  endAt(backend: BackendState, ending: Ending): boolean {
    const exchange = this.#exchange;
    if (exchange?.attempts.stream === undefined || exchange.attempts.backend?.state !== backend) return false;
    exchange.endNow(503, ending);
    return true;
  }

  onStreamEnd(isKept: boolean): void {
    this.#stream = undefined;
    this.#exchange = undefined;
    if (this.#phase === "closed") return;
    const isLast = !isKept || this.site.isDraining || (this.hasClientEnded && this.input.length === 0);
    if (isLast) {
      this.#linger();
      return;
    }
    this.#phase = "head";
    const { httpKeepAliveMs, httpRequestMs } = this.site.table.proxy.timeouts;
    this.deadlineMs = this.site.deadlines.after(this.input.length > 0 ? httpRequestMs : httpKeepAliveMs);
    this.#process();
  }

  onInputTaken(): void {
    if (!this.#isFull) this.#reader.resume();
  }

  destroy(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.site.deadlines.delete(this);
    endSession(this.origin.traffic);
    this.socket.destroy();
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.end("closed");
    this.#onGone(this);
  }

  onDeadline(): void {
    if (this.#phase === "exchange") {
      this.#stream?.end("timedOut");
      return;
    }
    // A client that has sent nothing is not owed an explanation: browsers connect in advance.
    if (this.#phase === "head" && this.input.length > 0) {
      this.#refuse(refuse(408, "headTimeout"));
      return;
    }
    this.destroy();
  }

  get #isFull(): boolean {
    return this.#phase !== "head" && this.input.length > HELD_BYTES_MAX;
  }

  #onData(bytes: Buffer): void {
    this.site.clock.read();
    if (this.#phase === "linger") {
      this.#lingered += bytes.length;
      if (this.#lingered > LINGER_BYTES_MAX) this.destroy();
      return;
    }
    if (this.#phase === "head" && this.input.length === 0) {
      this.#startedMs = this.site.clock.nowMs;
      this.deadlineMs = this.site.deadlines.after(this.site.table.proxy.timeouts.httpRequestMs);
    }
    this.input.push(bytes);
    if (this.#phase === "exchange") this.#stream?.readBody();
    else this.#process();
    if (this.#isFull) this.#reader.pause();
  }

  /** Takes requests from the input, one after the other, as long as they can be answered at once. */
  #process(): void {
    if (this.#isProcessing) return;
    this.#isProcessing = true;
    while (this.#phase === "head" && this.input.length > 0 && this.#readRequest());
    this.#isProcessing = false;
    this.onInputTaken();
  }

  #readRequest(): boolean {
    const { limits } = this.site.table.proxy;
    this.input.skipEmptyLine();
    const head = this.input.takeHead(limits.headBytesMax);
    switch (head.kind) {
      case "needMore":
        if (this.hasClientEnded) this.#leave();
        return false;
      case "bareLineFeed":
        this.#refuse(refuse(400, "bareLineFeed"));
        return false;
      case "tooLarge":
        this.#refuse(head.isFirstLine ? refuse(414, "targetTooLong") : refuse(431, "headTooLarge"));
        return false;
      case "head": {
        const request = this.#decoder.decode(head, limits.fieldsMax);
        if (request.ok) this.#startExchange(request);
        else this.#refuse(request);
        return request.ok;
      }
    }
  }

  #startExchange(request: DecodedRequest): void {
    this.#phase = "exchange";
    const stream = new Http1Stream(this, request);
    this.#stream = stream;
    const exchange = new Exchange(this.site, stream, request.head, this.#startedMs);
    this.#exchange = exchange;
    stream.start(exchange);
    exchange.start();
    // The next pipelined request, if any, begins to count now.
    this.#startedMs = this.site.clock.nowMs;
  }

  #refuse(refusal: Refusal): void {
    const response = errorResponse(this.site.table.errorPages, refusal.status);
    const body = Buffer.from(response.body);
    logUnheard(this.site, this, refusal, this.#startedMs);
    encodeResponse(datedHead(response, this.site.dateText()), false, "close", this.outbox);
    this.outbox.add({ bytes: body, start: 0, end: body.length });
    this.outbox.flush();
    this.#linger();
  }

  /** Says goodbye and reads on for a moment; closing with unread octets would reset the connection. */
  #linger(): void {
    if (this.#phase === "closed") return;
    this.#phase = "linger";
    this.deadlineMs = this.site.deadlines.after(this.site.table.proxy.timeouts.clientMs);
    this.input.clear();
    this.#reader.resume();
    this.socket.end(() => {
      this.deadlineMs = this.site.deadlines.after(this.site.table.proxy.timeouts.clientFinMs);
    });
  }

  /** The client asks for nothing more. What it was answered before may still be under way to it. */
  #leave(): void {
    this.#logLeft();
    this.#linger();
  }

  /** One that left within a head; that one has said nothing is nobody's loss. */
  #logLeft(): void {
    if (this.#phase === "head" && this.input.length > 0) logUnheard(this.site, this, CLIENT_LEFT, this.#startedMs);
  }

  #onClose(): void {
    this.site.clock.read();
    this.#logLeft();
    this.destroy();
  }

  #onEnd(): void {
    this.site.clock.read();
    this.hasClientEnded = true;
    if (this.#phase === "head") this.#leave();
    // A client may close its half behind a complete request; one that is cut short is nobody's.
    else if (this.#phase === "exchange" && this.#stream?.isRequestEnded === false && this.input.length === 0)
      this.#stream.onClientEnd();
  }
}
