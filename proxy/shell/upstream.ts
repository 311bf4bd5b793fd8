import { connect, type Socket } from "node:net";
import type { UpstreamLimits } from "../core/app.ts";
import type { Failure } from "../core/failure.ts";
import { BodyDecoder } from "../wire/body.ts";
import { CHUNK_TAIL, chunkHead, LAST_CHUNK } from "../wire/chunked.ts";
import { bodyLengthOf } from "../wire/framing.ts";
import { encodeRequest } from "../wire/h1-encode.ts";
import { type DecodedResponse, decodeResponse } from "../wire/h1-response.ts";
import { Input } from "../wire/input.ts";
import { type BodyLength, type RequestHead, UNKNOWN_LENGTH } from "../wire/message.ts";
import type { Timed } from "./deadlines.ts";
import { DirectReader } from "./direct-read.ts";
import { Outbox } from "./outbox.ts";
import type { Pool } from "./pool.ts";
import type { BackendEvents, BackendStream } from "./streams.ts";

/** A response head beyond this is no response (HAProxy's buffer is as large). */
const HEAD_BYTES_MAX = 65_536;
/** Interim responses to one request; more is a loop. */
const INFORMATIONAL_MAX = 16;

/** What a deadline means in each phase. */
const LATE: Readonly<Record<Phase, Failure | undefined>> = {
  connecting: "connectTimeout",
  head: "responseTimeout",
  body: "cutShort",
  idle: undefined,
  closed: undefined,
};

type Phase = "connecting" | "head" | "body" | "idle" | "closed";

/** One HTTP/1.1 connection to a backend, with one request at a time. */
export class UpstreamConnection implements BackendStream, Timed {
  deadlineMs: number;
  isReused = false;
  readonly #pool: Pool;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #reader: DirectReader;
  readonly #input = new Input();
  readonly #body = new BodyDecoder();
  #events: BackendEvents | undefined;
  #limits: UpstreamLimits;
  #phase: Phase = "connecting";
  #method = "";
  #isChunked = false;
  #isRequestEnded = false;
  #isBlocked = false;
  #informationalCount = 0;
  #response: DecodedResponse | undefined;

  constructor(pool: Pool, events: BackendEvents, limits: UpstreamLimits) {
    this.#pool = pool;
    this.#events = events;
    this.#limits = limits;
    this.deadlineMs = pool.deadlines.after(limits.connectMs);
    pool.deadlines.add(this);
    const socket = connect({ host: pool.host, port: pool.port, noDelay: true });
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    socket.on("connect", () => this.#onConnect());
    socket.on("drain", () => this.#onDrain());
    socket.on("end", () => this.#onEnd("clean"));
    socket.on("error", () => this.#onEnd("broken"));
    socket.on("close", () => this.#onEnd("broken"));
    this.#reader = new DirectReader(socket, (bytes) => this.#onData(bytes));
  }

  /** Whether the socket still looks alive; its end may be known before the event that reports it. */
  get isAlive(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded;
  }

  /** Starts another request on an idle connection. */
  reuse(events: BackendEvents, limits: UpstreamLimits): void {
    this.#events = events;
    this.#limits = limits;
    this.isReused = true;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#phase = "head";
  }

  sendHead(head: RequestHead, length: BodyLength): void {
    this.#method = head.method;
    this.#isChunked = length === UNKNOWN_LENGTH;
    this.#isRequestEnded = false;
    this.#informationalCount = 0;
    this.#outbox.addText(encodeRequest(head, length));
  }

  sendBody(bytes: Buffer, start: number, end: number): void {
    if (this.#isChunked) this.#outbox.addText(chunkHead(end - start));
    this.#outbox.addBytes(bytes, start, end);
    if (this.#isChunked) this.#outbox.addText(CHUNK_TAIL);
  }

  endRequest(): void {
    if (this.#isChunked) this.#outbox.addText(LAST_CHUNK);
    this.#isRequestEnded = true;
  }

  flush(): boolean {
    this.#isBlocked = !this.#outbox.flush();
    this.#await();
    return !this.#isBlocked;
  }

  pause(): void {
    this.#reader.pause();
    this.deadlineMs = Number.POSITIVE_INFINITY; // the client is slow, not the backend
  }

  resume(): void {
    this.#reader.resume();
    this.#await();
  }

  abandon(): void {
    this.#events = undefined;
    this.destroy();
  }

  destroy(): void {
    this.#phase = "closed";
    this.#pool.deadlines.delete(this);
    this.#socket.destroy();
  }

  onDeadline(): void {
    const failure = LATE[this.#phase];
    if (failure !== undefined) this.#fail(failure);
    else this.#retire();
  }

  #onConnect(): void {
    this.#pool.clock.read();
    this.#phase = "head";
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#events?.onBackendReady();
  }

  /** The backend's time runs while it has the whole request, or does not take what we send. */
  #await(): void {
    const isAwaited = this.#isRequestEnded || this.#isBlocked;
    this.deadlineMs = isAwaited ? this.#pool.deadlines.after(this.#limits.serverMs) : Number.POSITIVE_INFINITY;
  }

  #onData(bytes: Buffer): void {
    this.#pool.clock.read();
    if (this.#phase === "idle") {
      // RFC 9112 9.2: octets that answer nothing
      this.#onEnd("broken");
      return;
    }
    if (this.#phase === "closed") return;
    this.#await();
    this.#input.push(bytes);
    const events = this.#events;
    while (this.#phase === "head" && this.#readHead());
    if (this.#phase === "body") this.#readBody();
    events?.onResponseFlush();
  }

  /** Whether a head was taken from the input; there may be another after an interim one. */
  #readHead(): boolean {
    const taken = this.#input.takeHead(HEAD_BYTES_MAX);
    if (taken.kind === "needMore") return false;
    const decoded = taken.kind === "head" ? decodeResponse(taken, this.#method, this.#limits.fieldsMax) : taken;
    if (
      !("ok" in decoded && decoded.ok) ||
      decoded.head.status === 101 ||
      this.#informationalCount > INFORMATIONAL_MAX
    ) {
      this.#fail("badResponse");
      return false;
    }
    if (decoded.head.status < 200) {
      this.#informationalCount++;
      this.#events?.onInformational(decoded.head);
      return true;
    }
    this.#response = decoded;
    this.#body.begin(decoded.framing);
    this.#phase = "body";
    this.#events?.onResponseHead(decoded.head, bodyLengthOf(decoded.framing));
    return false;
  }

  #readBody(): void {
    const body = this.#body;
    const input = this.#input;
    const { bytes } = input;
    body.at = input.at;
    input.clear();
    for (;;) {
      const step = body.step(bytes);
      if (step === "needMore" || this.#phase !== "body") return;
      if (step === "bad") {
        this.#fail("cutShort");
        return;
      }
      if (step === "end") {
        this.#finish(body.at < bytes.length);
        return;
      }
      this.#events?.onResponseBody(bytes, body.start, body.end);
    }
  }

  #finish(hasMore: boolean): void {
    const events = this.#events;
    this.#events = undefined;
    const isClean = this.#response?.isPersistent === true && this.#isRequestEnded && !this.#isBlocked && !hasMore;
    this.#response = undefined;
    if (isClean) {
      this.#phase = "idle";
      this.#reader.resume();
      this.#pool.keep(this);
    } else this.destroy();
    events?.onResponseEnd();
  }

  /** The backend has ended the connection: in order (`clean`), or not. */
  #onEnd(how: "clean" | "broken"): void {
    this.#pool.clock.read();
    const isEndOfBody = this.#phase === "body" && how === "clean" && this.#response?.framing.kind === "untilClose";
    if (isEndOfBody) this.#finish(true);
    else if (this.#phase === "connecting") this.#fail("connectRefused");
    else if (this.#phase === "head") this.#fail(this.#input.length === 0 ? "closedEarly" : "badResponse");
    else if (this.#phase === "body") this.#fail("cutShort");
    else this.#retire();
  }

  /** Ends a connection that nobody uses. */
  #retire(): void {
    if (this.#phase === "idle") this.#pool.forget(this);
    this.destroy();
  }

  #onDrain(): void {
    this.#isBlocked = false;
    this.#await();
    this.#events?.onBackendDrain();
  }

  #fail(failure: Failure): void {
    const events = this.#events;
    this.#events = undefined;
    this.destroy();
    events?.onBackendFailure(failure);
  }
}
