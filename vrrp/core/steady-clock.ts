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
 * Two hosts that agreed on the time go on agreeing, whatever becomes of their clocks. Where they don't, as one has started by another time,
 * they go by the later one, since what is signed may never go back: `follow`. One that is told by nobody, and whose clock was wrong from the
 * beginning, learns it from what the other signs: `correct`.
 */
export class SteadyClock {
  #offsetMs: number | undefined;

  read({ nowMs, unixMs }: Times): number {
    this.#offsetMs ??= unixMs - nowMs;
    return nowMs + this.#offsetMs;
  }

  /** The other host's steady clock shows this. */
  follow(times: Times, peerUnixMs: number): void {
    if (peerUnixMs > this.read(times)) this.#offsetMs = peerUnixMs - times.nowMs;
  }

  /** From now on it goes by the host's clock, which has proved to be right. */
  correct({ nowMs, unixMs }: Times): void {
    this.#offsetMs = unixMs - nowMs;
  }
}
