import type { Lateness } from "../../config/status.ts";

/** Upper bounds of the histogram, ms. Adverts of the fastest profile are 10 ms apart. */
const BOUNDS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100] as const;

/** How late the engine came to its deadlines. Counts in place, so that counting allocates nothing. */
export class LatenessHistogram {
  /** One more than bounds: what is beyond all of them. */
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  observe(lateMs: number): void {
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && lateMs > (BOUNDS_MS[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += lateMs;
    if (lateMs > this.#maxMs) this.#maxMs = lateMs;
  }

  /** As Prometheus counts: each bound with everything below it. */
  get snapshot(): Lateness {
    let below = 0;
    const buckets = BOUNDS_MS.map((leMs, bucket) => {
      below += this.#counts[bucket] ?? 0;
      return { leMs, count: below };
    });
    return { count: this.#count, sumMs: this.#sumMs, maxMs: this.#maxMs, buckets };
  }
}
