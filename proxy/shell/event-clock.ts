/**
 * The time of the event that is being handled.
 *
 * Whoever brings an event in (a socket's octets, its end, a deadline) reads the time; everyone who handles it uses that:
 * a request asks for the time in ten places, and looking is not free.
 */
export class EventClock {
  /** Monotonic, ms. */
  nowMs = performance.now();
  #epochAtZeroMs = Date.now() - this.nowMs;

  read(): number {
    this.nowMs = performance.now();
    return this.nowMs;
  }

  /** Looks how the system's clock stands to the monotonic one: it may be set at any time. */
  align(): void {
    this.#epochAtZeroMs = Date.now() - this.nowMs;
  }

  /** Since 1970, by the system's clock as it stood when it was last looked at. */
  get epochMs(): number {
    return this.#epochAtZeroMs + this.nowMs;
  }

  /** The same in whole seconds. */
  get epochS(): number {
    return Math.floor(this.epochMs / 1_000);
  }
}
