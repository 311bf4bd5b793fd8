import type { BackendConfig } from "../../config/app.ts";
import { hashOf, opaqueName } from "./hash.ts";
import type { SharedRow } from "./shared-counts.ts";
import { beginSession, endSession, newTraffic, type Traffic } from "./traffic.ts";

/** One server of an app, as the current configuration has it. */
export type Backend = {
  readonly name: string;
  /** host:port as configured: where to connect, and `Host` for clients that named none. */
  readonly address: string;
  readonly weight: number;
  readonly isBackup: boolean;
  readonly cookieValue: string;
  readonly isCookieless: boolean;
  /** Requests at once; infinite for no limit. */
  readonly sessionsMax: number;
  readonly nameHash: number;
  /** When the document lost it (leaving.ts), ms, monotonic in the daemon; since then it is for bound sessions only. */
  readonly removedMs: number | undefined;
  readonly state: BackendState;
};

/** What changes while a backend is served; it outlives reloads that keep the backend's name and address. */
export type BackendState = {
  /** Answered by the health checks: may get requests at all. */
  isUp: boolean;
  /** What an operator has said (HAProxy's words): `drain` takes bound sessions only, `maint` nothing. */
  operator: OperatorState;
  /** Weight that an operator has given it; undefined: the document's. */
  weight: number | undefined;
  /** When it came up after having been down, ms, monotonic; 0: it has always been. */
  cameUpMs: number;
  /** Errors of requests since the last one without (observe.ts). */
  errorsInRow: number;
  /** Smooth weighted round robin: what this backend is owed. */
  owed: number;
  readonly traffic: Traffic;
  /** The same backend in other workers, where limits or loads are to count on all of them together. */
  elsewhere: BackendElsewhere | undefined;
};

/** Sessions under way at a backend, and the oldest ticket of those who wait for it alone; of each worker. */
export type BackendElsewhere = { readonly sessions: SharedRow; readonly oldest: SharedRow };

export function newBackendState(): BackendState {
  return {
    isUp: true,
    operator: "ready",
    weight: undefined,
    cameUpMs: 0,
    errorsInRow: 0,
    owed: 0,
    traffic: newTraffic(),
    elsewhere: undefined,
  };
}

export type OperatorState = "ready" | "drain" | "maint";

/** What checks and operators say of a backend: whoever serves goes by it. */
export type Standing = {
  readonly isUp: boolean;
  readonly operator: OperatorState;
  readonly weight?: number | undefined;
};

/** What is said of a backend of which nothing is said. */
export const READY: Standing = { isUp: true, operator: "ready" };

/** Puts in force what is said of a backend; the app's choice is to be refreshed then. */
export function setStanding(state: BackendState, { isUp, operator, weight }: Standing, nowMs: number): void {
  if (isUp && !state.isUp) state.cameUpMs = nowMs;
  state.isUp = isUp;
  state.operator = operator;
  state.weight = weight;
}

export function standingOf({ isUp, operator, weight }: BackendState): Standing {
  return { isUp, operator, weight };
}

/** Its share of new sessions, as an operator has said last, else as the document says. */
export function weightOf({ state, weight }: Backend): number {
  return state.weight ?? weight;
}

/** Answers, and nobody has taken it out: sessions that are bound to it may go there. */
export function isUsable({ isUp, operator }: BackendState): boolean {
  return isUp && operator !== "maint";
}

/** New sessions may go there, as far as checks and operators say. */
export function isOpen({ isUp, operator }: BackendState): boolean {
  return isUp && operator === "ready";
}

/** Part of its own weight that a backend gets, above 0 up to 1: less while it is warming up. */
export function rampOf({ state }: Backend, slowStartMs: number, nowMs: number): number {
  if (state.cameUpMs === 0) return 1;
  // HAProxy: from 1 % on, so that it is not left out.
  return Math.min(1, Math.max(0.01, (nowMs - state.cameUpMs) / slowStartMs));
}

/** Requests under way there, of all workers as far as it matters. */
export function sessionsOf({ traffic, elsewhere }: BackendState): number {
  return elsewhere === undefined ? traffic.sessions : traffic.sessions + elsewhere.sessions.others();
}

/** All the requests that it may have at once are under way. */
export function isFull({ sessionsMax, state }: Backend): boolean {
  return sessionsMax !== Number.POSITIVE_INFINITY && sessionsOf(state) >= sessionsMax;
}

/**
 * Begins a session, unless the backend is full.
 *
 * Two workers that take the last one at the same moment both see one too many, and both give it back: what is theirs is
 * told before it is looked at what is the others'.
 */
export function claimSession({ sessionsMax, state }: Backend, nowMs: number): boolean {
  const { traffic, elsewhere } = state;
  if (elsewhere === undefined) {
    if (traffic.sessions >= sessionsMax) return false;
  } else {
    elsewhere.sessions.publish(traffic.sessions + 1);
    if (traffic.sessions + 1 + elsewhere.sessions.others() > sessionsMax) {
      elsewhere.sessions.publish(traffic.sessions);
      return false;
    }
  }
  beginSession(traffic, nowMs);
  return true;
}

/** A session of {@link claimSession} is over. */
export function releaseSession({ traffic, elsewhere }: BackendState): void {
  endSession(traffic);
  elsewhere?.sessions.publish(traffic.sessions);
}

/** Counts from now on together with other workers; undefined: for itself. */
export function shareState(state: BackendState, elsewhere: BackendElsewhere | undefined): void {
  state.elsewhere?.sessions.publish(0);
  state.elsewhere?.oldest.publish(0);
  state.elsewhere = elsewhere;
  elsewhere?.sessions.publish(state.traffic.sessions);
}

/** What a state is kept by: across reloads, and between the workers of a daemon. */
export function backendKey(appName: string, backendName: string, address: string): string {
  return `${appName} ${backendName} ${address}`;
}

/** @param isOpaque  whether its cookie is to hide its name */
export function compileBackend(
  name: string,
  config: BackendConfig,
  state: BackendState,
  isOpaque: boolean,
  removedMs: number | undefined,
): Backend {
  const cookieValue = config.cookieValue ?? name;
  return {
    name,
    address: config.address,
    weight: config.weight,
    isBackup: config.isBackup,
    cookieValue: isOpaque ? opaqueName(cookieValue) : cookieValue,
    isCookieless: config.isCookieless,
    nameHash: hashOf(name),
    removedMs,
    sessionsMax: config.sessionsMax ?? Number.POSITIVE_INFINITY,
    state,
  };
}
