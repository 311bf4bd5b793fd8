/** A worker that ends soon after its start is started again after this, then twice, four times … as long. */
const PAUSE_MS = 100;
/** Not longer: its part of new connections waits for it. */
const PAUSE_MS_MAX = 2_000;
/** A worker that has lived so long is started again at once. */
const LIFE_MS = 10_000;

/** What becomes of a worker that has ended without being asked to. */
export type Restart = {
  /** Losses in a row, this one included, of workers that had not lived long. */
  readonly losses: number;
  readonly againMs: number;
};

/**
 * When a worker is started again.
 *
 * @param lossesBefore  of its predecessors, as told by the last restart
 * @param livedMs  from its start to its end
 */
export function restartOf(lossesBefore: number, livedMs: number): Restart {
  if (livedMs > LIFE_MS) return { losses: 0, againMs: 0 };
  const losses = lossesBefore + 1;
  return { losses, againMs: Math.min(PAUSE_MS * 2 ** (losses - 1), PAUSE_MS_MAX) };
}
