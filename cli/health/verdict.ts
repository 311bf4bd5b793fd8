import { done, failed, type Outcome } from "../outcome.ts";
import { lossesSince, lostApps, type PairHealth, undecidedApps } from "./pair-health.ts";

/** How a pair is watched after a change. */
export type Watch = {
  readonly look: () => Promise<PairHealth>;
  /** What the pair has to come to, when it looks like this. */
  readonly wanted: (now: PairHealth) => PairHealth;
  /** For so long something may be lost, as an address is that moves. */
  readonly graceMs: number;
  /** How long it may take beyond that until these apps' backends have been checked once. */
  readonly firstCheckMs: (apps: readonly string[]) => number;
  readonly nowMs: () => number;
  /** Between one look and the next. */
  readonly pause: () => Promise<void>;
};

/** Waits until it is clear how a change turned out. */
export async function verdictOf(watch: Watch): Promise<Outcome> {
  const startMs = watch.nowMs();
  for (;;) {
    // A look takes seconds while nobody has the address, and shows what was then: it counts from when it began.
    const waitedMs = watch.nowMs() - startMs;
    const now = await watch.look();
    const wanted = watch.wanted(now);
    const lost = lostApps(wanted, now);
    if (lost.length > 0) return failed(...lost);
    const losses = lossesSince(wanted, now);
    const undecided = undecidedApps(wanted, now);
    if (losses.length === 0 && undecided.length === 0) return done;
    if (losses.length > 0 && waitedMs > watch.graceMs) return failed(...losses);
    if (losses.length === 0 && waitedMs > watch.graceMs + watch.firstCheckMs(undecided)) return done;
    await watch.pause();
  }
}
