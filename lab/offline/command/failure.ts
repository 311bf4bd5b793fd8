import { constants } from "node:os";
import type { RemoteExit } from "./ssh/session.ts";

// Errors of commands in the official plugin's words, which are Go's.

/** Error of a command that ran and failed: how it ended, what it was, all that it printed. */
export function commandFailed(how: string, command: string, printed: string): Error {
  return new Error(`${how}: running ${quote(command)}:\n${printed}`);
}

/** How a remote process ended; undefined if it succeeded. */
export function describeRemoteExit({ status, signal, reason }: RemoteExit): string | undefined {
  if (signal !== undefined) {
    const name = signal.replace(/^SIG/, "") as keyof typeof SIGNAL_NUMBERS;
    const why = reason === undefined ? "" : `. Reason was: ${reason}`;
    return `Process exited with status ${128 + (SIGNAL_NUMBERS[name] ?? 0)} from signal ${name}${why}`;
  }
  if (status === undefined) return "wait: remote command exited without exit status or exit signal";
  return status === 0 ? undefined : `Process exited with status ${status}`;
}

/** How a process of this machine ended; undefined if it succeeded. */
export function describeLocalExit(status: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal !== null) return `signal: ${SIGNAL_WORDS[signal] ?? signal}`;
  return status === 0 ? undefined : `exit status ${status}`;
}

/** RFC 4254 6.10: names without SIG. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(constants.signals).map(([name, number]) => [name.replace(/^SIG/, ""), number]),
);

const SIGNAL_WORDS: Partial<Record<NodeJS.Signals, string>> = {
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
};

const ESCAPES: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** A text in double quotes, on one line (Go's `%q`). */
function quote(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return ESCAPES[character] ?? (code < 0x80 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`);
  });
  return `"${escaped}"`;
}
