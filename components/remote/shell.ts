import * as pulumi from "@pulumi/pulumi";

// Text that runs on a host. It is constant: what varies goes by stdin, or as a quoted word.

/** One word of a shell command, whatever its characters. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command line of a program that needs root: by sudo where the connection's user is another. */
export function asRoot(...words: readonly pulumi.Input<string>[]): pulumi.Output<string> {
  return pulumi.all(words.map((word) => pulumi.output(word))).apply((known) => rootCommand(known));
}

/** The same with words that are known. */
export function rootCommand(words: readonly string[]): string {
  return `[ "$(id -u)" = 0 ] || set -- sudo -n\nexec "$@" ${words.map(quote).join(" ")}\n`;
}

/** A script that needs root. `$1` is the home directory of the connection's user. */
export function rootScript(script: string): string {
  return `[ "$(id -u)" = 0 ] || set -- sudo -n\nexec "$@" sh -c ${quote(script)} lbpair "$HOME"\n`;
}
