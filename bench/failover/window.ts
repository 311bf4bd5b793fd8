/** An answer, or a failure, and when it came. */
export type Seen = { readonly endMs: number; readonly isGood: boolean };

/** Failures since a moment, and the longest time without a good answer, the last one before it included. */
export function windowOf(seen: readonly Seen[], sinceMs: number): { failed: number; gapMs: number } {
  const ordered = [...seen].sort((a, b) => a.endMs - b.endMs);
  const failed = ordered.filter(({ endMs, isGood }) => endMs >= sinceMs && !isGood).length;
  const good = ordered.filter(({ isGood }) => isGood).map(({ endMs }) => endMs);
  const first = Math.max(
    0,
    good.findLastIndex((endMs) => endMs < sinceMs),
  );
  const from = good.slice(first);
  return { failed, gapMs: Math.max(0, ...from.slice(1).map((endMs, index) => endMs - (from[index] ?? endMs))) };
}

/**
 * The longest that anyone who asked within a window waited until there was an answer, to them or to anyone after them.
 *
 * @param asked  ascending, as `answered`
 * @returns infinite when the last who asked is still waiting; 0 when nobody asked
 */
export function longestWait(
  asked: readonly number[],
  answered: readonly number[],
  fromMs: number,
  toMs: number,
): number {
  let longest = 0;
  let next = 0;
  for (const atMs of asked) {
    if (atMs < fromMs || atMs > toMs) continue;
    while (next < answered.length && (answered[next] ?? 0) < atMs) next += 1;
    longest = Math.max(longest, (answered[next] ?? Number.POSITIVE_INFINITY) - atMs);
  }
  return longest;
}
