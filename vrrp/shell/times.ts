import type { Times } from "../core/steady-clock.ts";

/** What this thread's monotonic clock and the host's time of day show; for signatures only, which have a steady clock. */
export function readTimes(): Times {
  return { nowMs: performance.now(), unixMs: Date.now() };
}
