/** Middle of a sample, with its ends: what a reader needs to judge a figure from a few runs. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** @param values  at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [min = Number.NaN, max = Number.NaN] = [sorted[0], sorted.at(-1)];
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return { median: (lower + upper) / 2, min, max };
}

/** Value below which a share of the sample lies (nearest rank). @param values  at least one */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * Quotients of two series that were measured in turns, pair by pair: what slows the machine for a while slows both.
 *
 * @param base  as long as `values`
 */
export function pairedRatio(values: readonly number[], base: readonly number[]): Spread {
  return spreadOf(values.map((value, index) => value / (base[index] ?? Number.NaN)));
}
