import type { EventClock } from "./event-clock.ts";

/** Something that must not wait for ever. */
export interface Timed {
  /** When its patience ends, in the time of {@link Deadlines.after}; infinite while it waits for nobody. */
  deadlineMs: number;
  onDeadline(): void;
}

/** How exact deadlines are kept: one is met at most two ticks late and never early. */
const TICK_MS = 100;

/**
 * All deadlines of a worker, looked through at each tick.
 *
 * Connections move their deadline at every read: that must cost an assignment, not a timer.
 */
export class Deadlines {
  readonly #timed = new Set<Timed>();
  readonly #timer: NodeJS.Timeout;
  readonly #clock: EventClock;
  #nowMs: number;
  /** The last tick came after a standstill, and ended nothing. */
  #hasSpared = false;

  constructor(clock: EventClock) {
    this.#clock = clock;
    this.#nowMs = clock.nowMs;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  /** The time `durationMs` from now, as a value for `deadlineMs`. */
  after(durationMs: number): number {
    return this.#nowMs + TICK_MS + durationMs;
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
  }

  delete(timed: Timed): void {
    this.#timed.delete(timed);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = this.#clock.read();
    this.#clock.align();
    const hasSlept = nowMs - this.#nowMs > 5 * TICK_MS;
    this.#nowMs = nowMs;
    // After a standstill the sockets are read first: what has come in time must not be taken for missing. Once only: a
    // worker with so much to do that each of its rounds is one has read them, and needs its deadlines most.
    this.#hasSpared = hasSlept && !this.#hasSpared;
    if (this.#hasSpared) return;
    for (const timed of this.#timed) {
      if (timed.deadlineMs > nowMs) continue;
      timed.deadlineMs = Number.POSITIVE_INFINITY;
      timed.onDeadline();
    }
  }
}
