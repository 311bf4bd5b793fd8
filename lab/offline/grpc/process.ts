/** How often a plugin looks whether its parent is still there. */
const PARENT_CHECK_MS = 500;

/**
 * Address of the engine in a plugin's command line: the last word that is not a flag.
 *
 * @returns undefined when a person started the plugin by hand
 */
export function engineAddressIn(argv: readonly string[]): string | undefined {
  return argv.findLast((word) => /^[^-].*:\d+$/.test(word));
}

/**
 * Resolves when the plugin has nobody left to work for: the engine asked it to end
 * (SIGINT, SIGTERM), the terminal went away, nobody reads its output any more, or the
 * parent process died without a word.
 */
export function untilUnwanted(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
    process.stdout.on("error", () => resolve());
    setInterval(() => {
      if (process.ppid !== parent) resolve();
    }, PARENT_CHECK_MS);
  });
}
