import type { Socket } from "node:net";
import type { UpstreamLimits } from "../core/app.ts";
import type { Failure } from "../core/failure.ts";
import { CHUNK_TAIL, chunkHead, LAST_CHUNK } from "../wire/chunked.ts";
import { encodeRequest } from "../wire/h1-encode.ts";
import { type BodyLength, type RequestHead, type ResponseHead, UNKNOWN_LENGTH } from "../wire/message.ts";
import { openBackendSocket } from "./backend-socket.ts";
import type { Timed } from "./deadlines.ts";
import { DirectReader } from "./direct-read.ts";
import { Outbox } from "./outbox.ts";
import type { Pool } from "./pool.ts";
import { ResponseReader, type ResponseSink } from "./response-reader.ts";
import type { BackendEvents, BackendStream } from "./streams.ts";

type Phase = "connecting" | "busy" | "idle" | "closed";

/** One HTTP/1.1 connection to a backend, with one request at a time. */
export class UpstreamConnection implements BackendStream, ResponseSink, Timed {
  deadlineMs: number;
  isReused = false;
  readonly #pool: Pool;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #reader: DirectReader;
  readonly #response = new ResponseReader(this);
  #events: BackendEvents | undefined;
  #limits: UpstreamLimits;
  #phase: Phase = "connecting";
  #isChunked = false;
  #isTunnel = false;
  #isRequestEnded = false;
  #isBlocked = false;

  constructor(pool: Pool, events: BackendEvents, limits: UpstreamLimits) {
    this.#pool = pool;
    this.#events = events;
    this.#limits = limits;
    this.deadlineMs = pool.deadlines.after(limits.connectMs);
    pool.deadlines.add(this);
    const socket = openBackendSocket(pool.place, () => this.#onConnect());
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
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
    this.#phase = "busy";
  }

  sendHead(head: RequestHead, length: BodyLength): void {
    this.#response.expect(head, this.#limits.fieldsMax);
    this.#isChunked = length === UNKNOWN_LENGTH;
    this.#isRequestEnded = false;
    encodeRequest(head, length, this.#outbox);
  }

  sendBody(bytes: Buffer, start: number, end: number): void {
    if (this.#isChunked) this.#outbox.add(chunkHead(end - start));
    this.#outbox.add({ bytes, start, end });
    if (this.#isChunked) this.#outbox.add(CHUNK_TAIL);
  }

  endRequest(): void {
    if (this.#isTunnel) {
      this.#outbox.flush();
      this.#socket.end();
      return;
    }
    if (this.#isChunked) this.#outbox.add(LAST_CHUNK);
    this.#isRequestEnded = true;
  }

  flush(): boolean {
    this.#isBlocked = !this.#outbox.flush();
    this.#await();
    return !this.#isBlocked;
  }

  pause(): void {
    this.#reader.pause();
    this.#await();
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
    this.#response.stop();
    this.#pool.deadlines.delete(this);
    this.#socket.destroy();
  }

  onDeadline(): void {
    if (this.#phase === "connecting") this.#fail("connectTimeout");
    else if (this.#phase === "busy") this.#fail(this.#response.phase === "body" ? "fellSilent" : "responseTimeout");
    else this.#retire();
  }

  onInformational(head: ResponseHead): void {
    this.#events?.onInformational(head);
  }

  onHead(head: ResponseHead, length: BodyLength): void {
    this.#events?.onResponseHead(head, length);
  }

  onTunnel(head: ResponseHead): void {
    this.#isTunnel = true;
    this.deadlineMs = Number.POSITIVE_INFINITY; // the client's side keeps the time of both
    this.#events?.onTunnel(head);
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    this.#events?.onResponseBody(bytes, start, end);
  }

  onComplete(hasMore: boolean): void {
    const events = this.#events;
    this.#events = undefined;
    const isClean = this.#response.isPersistent && this.#isRequestEnded && !this.#isBlocked && !hasMore;
    if (isClean) {
      this.#phase = "idle";
      this.#reader.resume();
      this.#pool.keep(this);
    } else this.destroy();
    events?.onResponseEnd();
  }

  onFault(failure: Failure): void {
    this.#fail(failure);
  }

  #onConnect(): void {
    this.#pool.clock.read();
    this.#phase = "busy";
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#events?.onBackendReady();
  }

  /**
   * The backend's time runs while it has the whole request, or does not take what we send.
   *
   * Not while we read nothing from it, whatever else happens: then it is the client that is slow.
   */
  #await(): void {
    const isOwing = this.#isRequestEnded || this.#isBlocked;
    const isAwaited = isOwing && !this.#isTunnel && !this.#reader.isPaused;
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
    const events = this.#events;
    this.#response.read(bytes);
    events?.onResponseFlush();
  }

  /** The backend has ended the connection: in order (`clean`), or not. */
  #onEnd(how: "clean" | "broken"): void {
    this.#pool.clock.read();
    if (this.#phase === "connecting") this.#fail("connectRefused");
    else if (this.#phase !== "busy") this.#retire();
    else if (how === "clean" && this.#response.endsWithConnection) this.onComplete(true);
    else if (this.#response.phase === "body") this.#fail("cutShort");
    else this.#fail(this.#response.isUntouched ? "closedEarly" : "badResponse");
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
