import { connect, type Socket } from "node:net";
import type { UpstreamLimits } from "../core/app.ts";
import type { Failure } from "../core/failure.ts";
import type { BackendPlace } from "./backend-socket.ts";
import type { Deadlines, Timed } from "./deadlines.ts";
import { DirectReader } from "./direct-read.ts";
import type { EventClock } from "./event-clock.ts";
import type { BackendEvents, BackendStream } from "./streams.ts";

/** Where connections to one backend come from that carry octets, each for one client. */
export class RawSource {
  readonly #place: BackendPlace;
  readonly #deadlines: Deadlines;
  readonly #clock: EventClock;

  constructor(place: BackendPlace, deadlines: Deadlines, clock: EventClock) {
    this.#place = place;
    this.#deadlines = deadlines;
    this.#clock = clock;
  }

  take(events: BackendEvents, limits: UpstreamLimits): BackendStream {
    return new RawUpstream(this.#place, this.#deadlines, this.#clock, events, limits);
  }

  /** Nothing is kept here: connections end with their clients. */
  close(): void {}
}

/** A connection to a backend that carries octets as they are. */
class RawUpstream implements BackendStream, Timed {
  deadlineMs: number;
  readonly isReused = false;
  readonly #deadlines: Deadlines;
  readonly #clock: EventClock;
  readonly #socket: Socket;
  readonly #reader: DirectReader;
  #events: BackendEvents | undefined;
  #isConnected = false;

  constructor(
    { host, port }: BackendPlace,
    deadlines: Deadlines,
    clock: EventClock,
    events: BackendEvents,
    limits: UpstreamLimits,
  ) {
    this.#deadlines = deadlines;
    this.#clock = clock;
    this.#events = events;
    this.deadlineMs = deadlines.after(limits.connectMs);
    deadlines.add(this);
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    this.#socket = socket;
    socket.on("connect", () => this.#onConnect());
    socket.on("drain", () => this.#events?.onBackendDrain());
    socket.on("end", () => this.#onEnd());
    socket.on("error", () => this.#fail(this.#isConnected ? "cutShort" : "connectRefused"));
    socket.on("close", () => this.#fail(this.#isConnected ? "cutShort" : "connectRefused"));
    this.#reader = new DirectReader(socket, (bytes) => this.#onData(bytes));
  }

  /** There are no heads here. */
  sendHead(): void {}

  sendBody(bytes: Buffer, start: number, end: number): void {
    this.#socket.write(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
  }

  endRequest(): void {
    this.#socket.end();
  }

  flush(): boolean {
    return !this.#socket.writableNeedDrain;
  }

  pause(): void {
    this.#reader.pause();
  }

  resume(): void {
    this.#reader.resume();
  }

  abandon(): void {
    this.#events = undefined;
    this.#deadlines.delete(this);
    this.#socket.destroy();
  }

  onDeadline(): void {
    this.#fail("connectTimeout");
  }

  #onConnect(): void {
    this.#clock.read();
    this.#isConnected = true;
    this.#deadlines.delete(this); // whoever uses it keeps the time from here on
    this.#events?.onBackendReady();
  }

  #onData(bytes: Buffer): void {
    this.#clock.read();
    this.#events?.onResponseBody(bytes, 0, bytes.length);
    this.#events?.onResponseFlush();
  }

  #onEnd(): void {
    this.#clock.read();
    this.#events?.onResponseEnd();
  }

  #fail(failure: Failure): void {
    const events = this.#events;
    if (events === undefined) return;
    this.#clock.read();
    this.abandon();
    events.onBackendFailure(failure);
  }
}
