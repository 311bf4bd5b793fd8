import type { ObserveConfig } from "../../config/app.ts";
import type { BackendState } from "./backend.ts";
import type { Failure } from "./failure.ts";

// What the requests that a backend serves tell about it, beside the checks.

/**
 * Notes a response.
 *
 * @returns whether there have been too many errors in a row
 */
export function observeStatus(state: BackendState, rules: ObserveConfig, status: number): boolean {
  const isGood = rules.layer !== "layer7" || status < 500 || status === 501 || status === 505;
  if (!isGood) return countError(state, rules);
  state.errorsInRow = 0;
  return false;
}

/**
 * Notes an attempt that failed.
 *
 * @param isReused  the connection had been idle: its end says nothing about the backend
 * @returns whether there have been too many errors in a row
 */
export function observeFailure(
  state: BackendState,
  rules: ObserveConfig,
  failure: Failure,
  isReused: boolean,
): boolean {
  switch (failure) {
    case "connectRefused":
    case "connectTimeout":
      return rules.layer !== "none" && countError(state, rules);
    case "closedEarly":
      return rules.layer === "layer7" && !isReused && countError(state, rules);
    case "responseTimeout":
    case "badResponse":
    case "cutShort":
    case "badBody":
    case "fellSilent":
      return rules.layer === "layer7" && countError(state, rules);
    case "noBackend":
    case "queueTimeout":
    case "queueFull":
      return false;
  }
}

function countError(state: BackendState, { errorLimit }: ObserveConfig): boolean {
  state.errorsInRow++;
  if (state.errorsInRow < errorLimit) return false;
  state.errorsInRow = 0;
  return true;
}
