import type { Cause, Reason } from "./reason.ts";
import type { Settings } from "./settings.ts";
import type { Active, Backup, Conditions, Effect, Fault, HeardAdvert, Initialize, State, Step } from "./state.ts";
import { activeDownMs, leaseRenewalMs } from "./timers.ts";

// The four ways into a state. What leaving costs (a last advert, the addresses)
// is decided by the state that is left and stands before the transition.

/** RFC 9568 5.2.4: the priority of the router that owns the addresses. */
export const OWNER_PRIORITY = 255;
/** How long a host that failed to take the addresses leaves them to the other. */
const FAULT_RETRY_MS = 1_000;

/** Effects that a state makes before it is left. */
export type Leaving = { readonly from: State; readonly effects: readonly Effect[] };

export function enterInitialize({ from, effects }: Leaving, nowMs: number): Step {
  const state: Initialize = { kind: "initialize", conditions: from.conditions, sinceMs: nowMs, because: "stopped" };
  return { state, effects: [...effects, transition(from, state, "stopped")] };
}

/** @param isTemporary  nothing around will change, so try again by itself */
export function enterFault(
  leaving: Leaving,
  nowMs: number,
  because: string,
  isTemporary: "temporary" | "lasting",
): Step {
  const { from, effects } = leaving;
  const retryAtMs = isTemporary === "temporary" ? nowMs + FAULT_RETRY_MS : null;
  const state: Fault = { kind: "fault", conditions: from.conditions, sinceMs: nowMs, because, retryAtMs };
  const reason = isTemporary === "temporary" ? "effect-failed" : "unable";
  return { state, effects: [...effects, transition(from, state, reason)] };
}

/** @param heard  the advert that made this router a Backup, if one did */
export function enterBackup(
  settings: Settings,
  { from, effects }: Leaving,
  nowMs: number,
  { reason, text: because }: Cause,
  heard: HeardAdvert | null,
): Step {
  const { conditions } = from;
  const activeIntervalMs = heard?.intervalMs ?? settings.advertIntervalMs;
  const state: Backup = {
    kind: "backup",
    conditions,
    sinceMs: nowMs,
    because,
    downAtMs: nowMs + activeDownMs(settings.version, conditions.priority, activeIntervalMs),
    activeIntervalMs,
    active: heard && { address: heard.source, priority: heard.priority, priorityMax: heard.priority },
    preemptAtMs: null,
    peer: null,
    probe: null,
    heldSinceMs: null,
    lingerUntilMs: null,
  };
  return { state, effects: [...effects, transition(from, state, reason)] };
}

/** The advert goes first: it makes the old Active let go of the addresses before neighbours are told of the new one. */
export function enterActive(
  settings: Settings,
  { from, effects }: Leaving,
  nowMs: number,
  { reason, text: because }: Cause,
): Step {
  const { conditions } = from;
  const state: Active = {
    kind: "active",
    conditions,
    sinceMs: nowMs,
    because,
    advertAtMs: nowMs + settings.advertIntervalMs,
    lastAdvertAtMs: nowMs,
    announceAtMs: settings.announceOffsetsMs.filter((offset) => offset > 0).map((offset) => nowMs + offset),
    failedAdverts: 0,
    hasLastFailed: false,
    rivalGoneAtMs: null,
    installedAtMs: nowMs,
    reinstallAtMs: null,
    renewAtMs: nowMs + leaseRenewalMs(activeDownMs(settings.version, conditions.priority, settings.advertIntervalMs)),
    handover: null,
    planned: null,
    probe: null,
    probedAtMs: 0,
  };
  const takeover: Effect[] = [
    { kind: "advertise", priority: conditions.priority },
    { kind: "installAddresses" },
    { kind: "announce" },
  ];
  return { state, effects: [...effects, ...takeover, transition(from, state, reason)] };
}

/** Where a router begins that is able, or has become able, to take part (RFC 9568 6.4.1). */
export function enterElection(settings: Settings, leaving: Leaving, nowMs: number, cause: Cause): Step {
  // RFC 9568 6.4.1: the owner of the addresses does not wait.
  if (leaving.from.conditions.priority === OWNER_PRIORITY)
    return enterActive(settings, leaving, nowMs, { reason: "owner", text: "owner of the addresses" });
  return enterBackup(settings, leaving, nowMs, cause, null);
}

/** All reasons at once, for the log and the status. */
export function describeFaults({ faults }: Conditions): string {
  return faults.join("; ");
}

function transition(from: State, to: State, reason: Reason): Effect {
  return { kind: "transition", from: from.kind, to: to.kind, reason, because: to.because };
}
