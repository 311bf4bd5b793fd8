import { describeFaults, enterElection, enterInitialize } from "./enter.ts";
import type { Cause } from "./reason.ts";
import type { Settings } from "./settings.ts";
import type { Event, Fault, Step } from "./state.ts";

/** This host can't be Active. As in Initialize no advert counts (RFC 9568 6.4.1), but the router goes on by itself when it can. */
export function stepFault(settings: Settings, state: Fault, event: Event, nowMs: number): Step {
  const stay: Step = { state, effects: [] };
  const leaving = (from: Fault) => ({ from, effects: [] });
  switch (event.kind) {
    case "startup":
      return stay;
    case "shutdown":
      return enterInitialize(leaving(state), nowMs);
    case "conditionsChanged": {
      const next: Fault = { ...state, conditions: event.conditions };
      if (event.conditions.faults.length > 0)
        return { state: { ...next, because: describeFaults(event.conditions) }, effects: [] };
      // A failed effect is waited for; it has nothing to do with the conditions.
      if (state.retryAtMs !== null) return { state: next, effects: [] };
      const cause: Cause = { reason: "able-again", text: `no longer: ${state.because}` };
      return enterElection(settings, leaving(next), nowMs, cause);
    }
    case "settingsChanged":
      return stay;
    case "advertReceived":
      return stay;
    case "timerFired": {
      if (state.retryAtMs === null || nowMs < state.retryAtMs) return stay;
      const next: Fault = { ...state, retryAtMs: null };
      if (state.conditions.faults.length > 0) return { state: next, effects: [] };
      const cause: Cause = { reason: "retry", text: `trying again after: ${state.because}` };
      return enterElection(settings, leaving(next), nowMs, cause);
    }
    case "addressLost":
      return stay;
    case "peerDied":
      return stay;
    case "peerTold":
      return stay;
    case "takeOver":
      return stay;
    case "handOver":
      return stay;
    case "succeeded":
      return stay;
    case "lingerEnded":
      return stay;
    case "addressSeen":
      return stay;
    case "effectFailed":
      return { state, effects: [{ kind: "note", level: "warn", what: `${event.effect} failed: ${event.because}` }] };
  }
}
