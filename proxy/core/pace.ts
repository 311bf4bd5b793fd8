/** How fast a client has to bring a request's body. */
export type PaceRules = {
  /** Time that it has anyway, beyond what its octets have earned it, ms. */
  readonly graceMs: number;
  /** Octets a second, on average; 0: it may take its time. */
  readonly bytesPerSecondMin: number;
};

/**
 * The pace of one body. Only the time counts in which the client is waited for: a backend that is slow to take the body
 * is not its fault.
 */
export class Pace {
  #spentMs = 0;
  #sinceMs: number | undefined;

  /** The client is waited for from now on. */
  await(nowMs: number): void {
    this.#sinceMs ??= nowMs;
  }

  /** The client has to wait itself. */
  rest(nowMs: number): void {
    if (this.#sinceMs !== undefined) this.#spentMs += nowMs - this.#sinceMs;
    this.#sinceMs = undefined;
  }

  /** Time that is left until it is too slow, with so many octets there; below 0: it is. */
  leftMs(bytes: number, { graceMs, bytesPerSecondMin }: PaceRules, nowMs: number): number {
    if (bytesPerSecondMin === 0) return Number.POSITIVE_INFINITY;
    const spentMs = this.#spentMs + (this.#sinceMs === undefined ? 0 : nowMs - this.#sinceMs);
    return graceMs + (bytes * 1_000) / bytesPerSecondMin - spentMs;
  }
}
