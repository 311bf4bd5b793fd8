// Commands for a host. They are constant and short: what varies goes by stdin or as a quoted word, and what is long
// is a file there, because a failing command's whole text stands in the error that the user reads.

/** One word of a shell command, whatever its characters. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Puts sudo before the words of `$@` where the connection's user is not root. */
export const BECOME_ROOT = '[ "$(id -u)" = 0 ] || set -- sudo -n';

/** The command line of a program that needs root. */
export function asRoot(...words: readonly string[]): string {
  return `${BECOME_ROOT}\nexec "$@" ${words.map(quote).join(" ")}\n`;
}
