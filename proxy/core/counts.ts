import { currentRate, type Traffic } from "./traffic.ts";

// What several workers have counted, as one. A worker reports what has changed
// since its last report; a worker that ends leaves what it has counted behind.

/** A traffic's numbers at one moment, by the name of {@link Traffic}'s field. */
export type Count = Omit<Traffic, "rate"> & { readonly perSecond: number };

/** Counts that have changed, by key. */
export type CountReport = Readonly<Record<string, Count>>;

/** What a worker has last reported, so that it need not say it again. */
export class CountReporter {
  readonly #told = new Map<string, string>();

  /** @param nowMs  monotonic */
  report(traffics: Iterable<readonly [string, Traffic]>, nowMs: number): CountReport {
    const changed: Record<string, Count> = {};
    for (const [key, traffic] of traffics) {
      const perSecond = currentRate(traffic, nowMs);
      const { sessions, sessionsTotal, requestsTotal, bytesIn, bytesOut, connectErrors, queued, denied } = traffic;
      const { handshakes } = traffic;
      const told = `${sessions} ${sessionsTotal} ${requestsTotal} ${bytesIn} ${bytesOut} ${connectErrors} ${queued} ${denied} ${perSecond} ${handshakes}`;
      const isNew = sessionsTotal === 0 && denied === 0 && handshakes.length === 0;
      if (this.#told.get(key) === told || (isNew && !this.#told.has(key))) continue;
      this.#told.set(key, told);
      const { rate: _, ...count } = traffic;
      changed[key] = { ...count, responses: [...traffic.responses], handshakes: [...handshakes], perSecond };
    }
    return changed;
  }
}

/** The sum of all workers' counts, kept in the traffics that the stats page shows. */
export class MergedCounts {
  /** By worker, then by key; what ended workers have left is one more of them. */
  readonly #workers = new Map<number, Map<string, Count>>();
  readonly #left = new Map<string, Count>();

  /**
   * Takes a worker's report in.
   *
   * @param trafficOf  where the sum of a key is kept; undefined for one that the configuration no longer has
   * @param nowMs  monotonic
   */
  add(worker: number, report: CountReport, trafficOf: TrafficOf, nowMs: number): void {
    const own = this.#workers.get(worker) ?? new Map<string, Count>();
    this.#workers.set(worker, own);
    for (const [key, count] of Object.entries(report)) own.set(key, count);
    this.#sum(Object.keys(report), trafficOf, nowMs);
  }

  /** A worker has ended: what it counted stays, what was under way is over. */
  bury(worker: number, trafficOf: TrafficOf, nowMs: number): void {
    const own = this.#workers.get(worker);
    if (own === undefined) return;
    this.#workers.delete(worker);
    for (const [key, count] of own) {
      const left = this.#left.get(key);
      const over = { ...count, sessions: 0, queued: 0, perSecond: 0 };
      this.#left.set(key, left === undefined ? over : sumOf([left, over]));
    }
    this.#sum([...own.keys()], trafficOf, nowMs);
  }

  #sum(keys: readonly string[], trafficOf: TrafficOf, nowMs: number): void {
    for (const key of keys) {
      const traffic = trafficOf(key);
      if (traffic === undefined) continue;
      const counts = [this.#left, ...this.#workers.values()].flatMap((counts) => counts.get(key) ?? []);
      show(sumOf(counts), traffic, nowMs);
    }
  }
}

type TrafficOf = (key: string) => Traffic | undefined;

function sumOf(counts: readonly Count[]): Count {
  const add = (field: keyof Omit<Count, "responses" | "handshakes">) =>
    counts.reduce((sum, count) => sum + count[field], 0);
  return {
    sessions: add("sessions"),
    sessionsMax: add("sessionsMax"),
    sessionsTotal: add("sessionsTotal"),
    requestsTotal: add("requestsTotal"),
    bytesIn: add("bytesIn"),
    bytesOut: add("bytesOut"),
    responses: sumOfLists(counts.map(({ responses }) => responses)),
    handshakes: sumOfLists(counts.map(({ handshakes }) => handshakes)),
    queued: add("queued"),
    queuedMax: add("queuedMax"),
    denied: add("denied"),
    queueMs: add("queueMs"),
    connectMs: add("connectMs"),
    responseMs: add("responseMs"),
    totalMs: add("totalMs"),
    requestErrors: add("requestErrors"),
    connectErrors: add("connectErrors"),
    responseErrors: add("responseErrors"),
    retries: add("retries"),
    redispatches: add("redispatches"),
    clientAborts: add("clientAborts"),
    backendAborts: add("backendAborts"),
    perSecond: add("perSecond"),
  };
}

/** Position by position, as long as the longest. */
function sumOfLists(lists: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, position) => lists.reduce((sum, list) => sum + (list[position] ?? 0), 0));
}

/** The highest of the sum is what was most at once; the workers' own highest need not have come together. */
function show(count: Count, traffic: Traffic, nowMs: number): void {
  const { perSecond, sessionsMax: _, queuedMax: __, ...fields } = count;
  const sessionsMax = Math.max(traffic.sessionsMax, count.sessions);
  const queuedMax = Math.max(traffic.queuedMax, count.queued);
  const { rate, responses, handshakes } = traffic;
  Object.assign(traffic, fields, { sessionsMax, queuedMax, rate, responses, handshakes });
  for (const [digit, number] of count.responses.entries()) responses[digit] = number;
  for (const [position, number] of count.handshakes.entries()) handshakes[position] = number;
  const second = Math.floor(nowMs / 1_000);
  Object.assign(rate, { second, count: perSecond, last: perSecond, max: Math.max(rate.max, perSecond) });
}
