import { type BodyLength, isIdempotent } from "../wire/message.ts";
import type { RetryRules } from "./retry.ts";

// What may go wrong between the proxy and a backend, and what follows from it. One
// table decides about status, retry and the letters in the log.

export type Failure =
  | "noBackend"
  /** Every backend was busy for too long, or too many requests wait for one already. */
  | "queueTimeout"
  | "queueFull"
  | "connectRefused"
  | "connectTimeout"
  /** The connection ended before a byte of the response. */
  | "closedEarly"
  | "responseTimeout"
  /** The response's head could not be read. */
  | "badResponse"
  /** The connection ended within the response. */
  | "cutShort"
  /** The response's body broke its framing. */
  | "badBody"
  /** The same, by saying nothing for too long. */
  | "fellSilent";

/** How far an attempt had come when it failed. */
export type AttemptFacts = {
  readonly method: string;
  /** The connection had served other requests before. */
  readonly isReused: boolean;
  /** All of the request's body so far is still at hand. */
  readonly isReplayable: boolean;
  readonly attempts: number;
  readonly rules: RetryRules;
  /** Asked last: takes a retry from the app's budget. */
  readonly takeRetry: () => boolean;
  /** The one retry for a reused connection has been used. */
  readonly hasRetriedReuse: boolean;
};

export type AfterFailure =
  | { readonly kind: "retryElsewhere" }
  /** On the same backend, on a connection of its own. */
  | { readonly kind: "retryFresh" }
  | { readonly kind: "respond"; readonly status: number }
  /** The response has begun: all that is left is to end the connection, so that nobody takes it for whole. */
  | { readonly kind: "cut" };

export function afterFailure(failure: Failure, facts: AttemptFacts): AfterFailure {
  switch (failure) {
    case "noBackend":
    case "queueTimeout":
    case "queueFull":
      return { kind: "respond", status: 503 };
    case "connectRefused":
    case "connectTimeout":
      // Nothing was sent: safe for every method.
      return mayTryAgain(facts) ? { kind: "retryElsewhere" } : { kind: "respond", status: 503 };
    case "closedEarly":
      if (mayRetryReused(facts)) return { kind: "retryFresh" };
      return mayRepeat(failure, facts) ? { kind: "retryElsewhere" } : { kind: "respond", status: 502 };
    case "badResponse":
      return mayRepeat(failure, facts) ? { kind: "retryElsewhere" } : { kind: "respond", status: 502 };
    case "responseTimeout":
      return mayRepeat(failure, facts) ? { kind: "retryElsewhere" } : { kind: "respond", status: 504 };
    case "cutShort":
    case "badBody":
    case "fellSilent":
      return { kind: "cut" };
  }
}

/** Whether a response with this status is dropped and another backend asked. */
export function isStatusRetried(status: number, facts: AttemptFacts): boolean {
  const { rules, method, isReplayable } = facts;
  return rules.statuses.has(status) && isReplayable && isIdempotent(method) && mayTryAgain(facts);
}

/** Whether a request that the backend may have acted upon is sent again: on request, and only what may be sent twice. */
function mayRepeat(failure: Failure, facts: AttemptFacts): boolean {
  const { rules, method, isReplayable } = facts;
  return rules.failures.has(failure) && isReplayable && isIdempotent(method) && mayTryAgain(facts);
}

function mayTryAgain({ attempts, rules, takeRetry }: AttemptFacts): boolean {
  return attempts <= rules.attemptsMax && takeRetry();
}

/** A backend may close an idle connection at the moment a request is put on it: the one race that retries can't avoid. */
function mayRetryReused({ method, isReused, isReplayable, hasRetriedReuse }: AttemptFacts): boolean {
  return isReused && isReplayable && !hasRetriedReuse && isIdempotent(method);
}

/**
 * Whether a request may be put on a connection that has been idle.
 *
 * Only one that could be sent again: a POST that meets the race above would be lost or doubled, and a body is not kept.
 */
export function mayReuseConnection(method: string, body: BodyLength): boolean {
  return body === 0 && isIdempotent(method);
}
