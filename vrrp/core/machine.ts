import { stepActive } from "./active.ts";
import { stepBackup } from "./backup.ts";
import { stepFault } from "./fault.ts";
import { stepInitialize } from "./initialize.ts";
import type { Settings } from "./settings.ts";
import type { Event, State, Step } from "./state.ts";

/**
 * The virtual router's machine: what to do about an event.
 *
 * Pure; every state × event pair is written out in the state's own file. The caller runs the effects in order and hands failures back as
 * events. Sockets must be drained before `timerFired` is believed.
 *
 * @param nowMs  monotonic
 */
export function step(settings: Settings, state: State, event: Event, nowMs: number): Step {
  switch (state.kind) {
    case "initialize":
      return stepInitialize(settings, state, event, nowMs);
    case "fault":
      return stepFault(settings, state, event, nowMs);
    case "backup":
      return stepBackup(settings, state, event, nowMs);
    case "active":
      return stepActive(settings, state, event, nowMs);
  }
}
