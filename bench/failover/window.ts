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
