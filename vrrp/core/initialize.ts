import { describeFaults, enterElection, enterFault } from "./enter.ts";
import type { Settings } from "./settings.ts";
import type { Event, Initialize, Step } from "./state.ts";

/** RFC 9568 6.4.1: nothing but Startup matters. */
export function stepInitialize(settings: Settings, state: Initialize, event: Event, nowMs: number): Step {
  const stay: Step = { state, effects: [] };
  switch (event.kind) {
    case "startup": {
      const { conditions } = event;
      // An earlier run may have left its addresses behind; a Backup must not hold them.
      const leaving = { from: { ...state, conditions }, effects: [{ kind: "removeAddresses" }] } as const;
      return conditions.faults.length > 0
        ? enterFault(leaving, nowMs, describeFaults(conditions), "lasting")
        : enterElection(settings, leaving, nowMs, { reason: "started", text: "started" });
    }
    case "shutdown":
      return stay;
    case "conditionsChanged":
      return stay;
    case "settingsChanged":
      return stay;
    case "advertReceived":
      return stay;
    case "timerFired":
      return stay;
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
      // The last advert or the removal of a stopped router; the addresses end with their lease.
      return { state, effects: [{ kind: "note", level: "warn", what: `${event.effect} failed: ${event.because}` }] };
  }
}
