import type { State } from "./state.ts";

/** Why a virtual router changed its state, in a word that can be counted. */
export type Reason =
  | "started"
  | "stopped"
  /** Initialize or Fault → Active: the addresses are this router's own (RFC 9568 6.4.1). */
  | "owner"
  /** → Fault: something that a host needs to be Active is missing. */
  | "unable"
  | "able-again"
  /** → Fault: the addresses could not be set, or adverts not be sent. */
  | "effect-failed"
  | "retry"
  /** Backup → Active: the Active is heard no more, no Active was ever heard, it resigned, or it is the worse one. */
  | "silence"
  | "nobody-heard"
  | "resigned"
  | "preempts"
  /** Backup → Active: the other host says that the Active's process is gone. */
  | "peer-died"
  /** Both sides of a planned switchover. */
  | "switchover"
  /** Active → Backup: a rival with more right is heard, on the link or on the control channel; or this host slept. */
  | "better-rival"
  | "split-brain"
  | "slept";

/** The reason with its particulars. */
export type Cause = { readonly reason: Reason; readonly text: string };

/** How often one state was left for another for one reason. */
export type TransitionCount = {
  readonly from: State["kind"];
  readonly to: State["kind"];
  readonly reason: Reason;
  readonly count: number;
};

/** The counts after one more change of state. */
export function countTransition(
  counts: readonly TransitionCount[],
  { from, to, reason }: Omit<TransitionCount, "count">,
): readonly TransitionCount[] {
  const isSame = (one: TransitionCount) => one.from === from && one.to === to && one.reason === reason;
  if (!counts.some(isSame)) return [...counts, { from, to, reason, count: 1 }];
  return counts.map((one) => (isSame(one) ? { ...one, count: one.count + 1 } : one));
}
