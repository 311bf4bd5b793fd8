import type { UpstreamLimits } from "../core/app.ts";
import type { BackendPlace } from "./backend-socket.ts";
import type { Deadlines } from "./deadlines.ts";
import type { EventClock } from "./event-clock.ts";
import type { BackendEvents } from "./streams.ts";
import { UpstreamConnection } from "./upstream.ts";

/** Idle connections kept for one server, which may be a backend of many apps. */
const IDLE_MAX = 1_024;
/** Below the 5 s after which Apache and Node close an idle connection, so that ours is the first hand to let go. */
const IDLE_MS = 4_000;

/** Connections to one server. The one used last is used next: the others may grow old and be closed. */
export class Pool {
  readonly place: BackendPlace;
  readonly deadlines: Deadlines;
  readonly clock: EventClock;
  #idle: UpstreamConnection[] = [];
  #isClosed = false;

  constructor(place: BackendPlace, deadlines: Deadlines, clock: EventClock) {
    this.place = place;
    this.deadlines = deadlines;
    this.clock = clock;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  /** A connection for one request: an idle one if it may be reused, else a new one that is yet to be established. */
  take(events: BackendEvents, limits: UpstreamLimits, mayReuse: boolean): UpstreamConnection {
    const idle = mayReuse ? this.#takeIdle() : undefined;
    if (idle === undefined) return new UpstreamConnection(this, events, limits);
    idle.reuse(events, limits);
    return idle;
  }

  #takeIdle(): UpstreamConnection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isAlive) return idle;
      idle.destroy();
    }
    return undefined;
  }

  /** Takes a connection back whose exchange has ended cleanly. */
  keep(connection: UpstreamConnection): void {
    if (this.#isClosed || this.#idle.length >= IDLE_MAX) {
      connection.destroy();
      return;
    }
    connection.deadlineMs = this.deadlines.after(IDLE_MS);
    this.#idle.push(connection);
  }

  /** An idle connection has ended. */
  forget(connection: UpstreamConnection): void {
    this.#idle = this.#idle.filter((other) => other !== connection);
  }

  /** Closes the idle connections now, and each busy one after its response. */
  close(): void {
    this.#isClosed = true;
    const idle = this.#idle;
    this.#idle = [];
    for (const connection of idle) connection.destroy();
  }
}
