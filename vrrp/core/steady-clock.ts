/** What the host's two clocks show at a moment. */
export type Times = {
  /** Monotonic. */
  readonly nowMs: number;
  /** Time of day, which somebody may set. */
  readonly unixMs: number;
};

/**
 * The time of day as it was when first asked, and as it went on since: a clock that is set does not move it.
 *
 * Two hosts that agreed on the time go on agreeing, whatever becomes of their clocks. One whose clock was wrong from the beginning, or that
 * was stopped as a whole, learns it from the other: `correct`.
 */
export class SteadyClock {
  #offsetMs: number | undefined;

  read({ nowMs, unixMs }: Times): number {
    this.#offsetMs ??= unixMs - nowMs;
    return nowMs + this.#offsetMs;
  }

  /** From now on it goes by the host's clock, which has proved to be right. */
  correct({ nowMs, unixMs }: Times): void {
    this.#offsetMs = unixMs - nowMs;
  }
}
