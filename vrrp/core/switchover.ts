import { enterActive, enterBackup } from "./enter.ts";
import type { Cause } from "./reason.ts";
import type { Settings } from "./settings.ts";
import type { Active, Backup, Effect, HeardAdvert, Step } from "./state.ts";

// Planned switchover, make before break. The two hosts have agreed on it over the control channel:
//
//   old Active                                     standby
//   handOver(to): whose advert will count          takeOver(from): relay for old connections, addresses,
//                                                  announcements, then the advert
//   hears it: Backup, the addresses linger    ◀──  Active, whatever the priorities
//   linger ends: addresses removed                 relay ends

/** A standby that agreed and is not heard within this time will not come. */
const HANDOVER_MS = 1_000;

/** The standby's part: everything is in place before anyone is told. */
export function takeOverAsPlanned(settings: Settings, state: Backup, from: string, nowMs: number): Step {
  if (state.active?.address !== from) {
    const what = `asked to take over from ${from}, but follows ${state.active?.address ?? "nobody"}`;
    return { state, effects: [{ kind: "note", level: "warn", what }] };
  }
  const cause: Cause = { reason: "switchover", text: `planned switchover from ${from}` };
  const entered = enterActive(settings, { from: state, effects: [] }, nowMs, cause);
  const effects: Effect[] = [
    ...(settings.lingerMs > 0 ? [{ kind: "relay", to: from } as const] : []),
    { kind: "installAddresses" },
    { kind: "announce" },
    { kind: "advertise", priority: state.conditions.priority },
    ...entered.effects.filter(({ kind }) => kind === "transition"),
  ];
  const next = entered.state as Active;
  return { state: { ...next, planned: { from, untilMs: nowMs + settings.lingerMs } }, effects };
}

/** The old Active's part: waits for its successor, or for nobody any more. */
export function expectSuccessor(state: Active, to: string | null, nowMs: number): Active {
  return { ...state, handover: to === null ? null : { to, untilMs: nowMs + HANDOVER_MS } };
}

/** An advert that means something else during a switchover; undefined: it does not. */
export function hearDuringSwitchover(
  settings: Settings,
  state: Active,
  heard: HeardAdvert,
  nowMs: number,
): Step | undefined {
  if (state.handover?.to === heard.source) return yieldAsPlanned(settings, state, heard, nowMs);
  // Sent before it heard us: it has agreed to go.
  if (state.planned?.from === heard.source && nowMs - state.sinceMs < HANDOVER_MS) return { state, effects: [] };
  return undefined;
}

/** The time is over in which a successor was expected; undefined: it is not. */
export function endHandover(_: Settings, state: Active, nowMs: number): Step | undefined {
  if (state.handover === null || nowMs < state.handover.untilMs) return undefined;
  const what = `${state.handover.to} was not heard within ${HANDOVER_MS} ms: no switchover`;
  return { state: { ...state, handover: null }, effects: [{ kind: "note", level: "warn", what }] };
}

/** The time is over in which a predecessor's connections were passed on; undefined: it is not. */
export function endRelay(_: Settings, state: Active, nowMs: number): Step | undefined {
  if (state.planned === null || nowMs < state.planned.untilMs) return undefined;
  return { state: { ...state, planned: null }, effects: [{ kind: "endRelay" }] };
}

function yieldAsPlanned(settings: Settings, state: Active, heard: HeardAdvert, nowMs: number): Step {
  const { lingerMs } = settings;
  const letGo: Effect = lingerMs > 0 ? { kind: "lingerAddresses", forMs: lingerMs } : { kind: "removeAddresses" };
  const cause: Cause = { reason: "switchover", text: `planned switchover to ${heard.source}` };
  const entered = enterBackup(settings, { from: state, effects: [letGo] }, nowMs, cause, heard);
  const lingerUntilMs = lingerMs > 0 ? nowMs + lingerMs : null;
  return { state: { ...(entered.state as Backup), lingerUntilMs }, effects: entered.effects };
}
