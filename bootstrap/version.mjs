/**
 * True when `version` is `oldest` or newer. Both as `1.2.3`, with or without a leading v.
 *
 * @param {string} version
 * @param {string} oldest
 */
export function isAtLeast(version, oldest) {
  const [a, b] = [version, oldest].map(numbersOf);
  for (let i = 0; i < 3; i += 1) {
    const [left = 0, right = 0] = [a?.[i], b?.[i]];
    if (left !== right) return left > right;
  }
  return true;
}

/** @param {string} version */
function numbersOf(version) {
  return (/(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? []).slice(1).map((digits) => Number(digits ?? 0));
}
