import type { InstanceStatus } from "../../config/status.ts";

/** What is known of an instance on the host that would have to take over. */
export type StandbyFacts = {
  readonly own: InstanceStatus;
  /** Undefined: the other host does not have the instance, or is not heard of. */
  readonly peer: StandbyInstance | undefined;
  readonly isSameConfiguration: boolean;
  readonly advertIntervalMs: number;
  readonly preempt: string;
};

type StandbyInstance = Pick<InstanceStatus, "state" | "because" | "priority" | "activeAddress" | "lastAdvertMs">;

const MISSED_ADVERTS = 3;

/** Why the other host could not take over now; empty: it could. Only asked while this host is Active. */
export function standbyProblems({ own, peer, isSameConfiguration, advertIntervalMs }: StandbyFacts): string[] {
  if (peer === undefined) return ["the other host is not heard of on the control channel"];
  const problems: string[] = [];
  if (peer.state !== "Backup") problems.push(`the other host is ${peer.state}: ${peer.because}`);
  if (!isSameConfiguration) problems.push("the two hosts have different configurations");
  if (peer.state === "Backup") problems.push(...hearingProblems(own, peer, advertIntervalMs));
  return problems;
}

/** Why a planned switchover would not last. */
export function switchoverProblems(facts: StandbyFacts): string[] {
  const { own, peer, preempt } = facts;
  const isUndone = preempt === "always" && peer !== undefined && peer.priority < own.priority;
  const undone = `preempt is "always" and the other host's priority ${peer?.priority} is lower than ${own.priority}: it would be undone at once`;
  return [...standbyProblems(facts), ...(isUndone ? [undone] : [])];
}

function hearingProblems(own: InstanceStatus, peer: StandbyInstance, advertIntervalMs: number): string[] {
  if (peer.activeAddress !== own.source)
    return [
      `the other host follows ${peer.activeAddress ?? "nobody"}, not ${own.source}: it does not hear our advertisements`,
    ];
  const isDeaf = peer.lastAdvertMs === null || peer.lastAdvertMs > MISSED_ADVERTS * advertIntervalMs;
  return isDeaf ? [`the other host has not heard our advertisements for ${peer.lastAdvertMs} ms`] : [];
}
