import { describeFaults, enterActive, enterFault, enterInitialize, OWNER_PRIORITY } from "./enter.ts";
import type { Settings } from "./settings.ts";
import type { Backup, Conditions, Effect, Event, HeardAdvert, SeenActive, Step } from "./state.ts";
import { activeDownMs, skewMs } from "./timers.ts";

/** RFC 9568 6.4.2: listens to the Active and takes over when it falls silent. */
export function stepBackup(settings: Settings, state: Backup, event: Event, nowMs: number): Step {
  const stay: Step = { state, effects: [] };
  const leaving = { from: state, effects: [] };
  switch (event.kind) {
    case "startup":
      return stay;
    case "shutdown":
      // RFC 9568 6.4.2: a Backup leaves without a word.
      return enterInitialize(leaving, nowMs, "stopped");
    case "conditionsChanged":
      return changeConditions(settings, state, event.conditions, nowMs);
    case "settingsChanged":
      return stay;
    case "advertReceived":
      return { state: hearAdvert(settings, state, event.advert, nowMs), effects: noteFirst(state, event.advert) };
    case "timerFired":
      return fireTimer(settings, state, nowMs);
    case "addressLost":
      return stay;
    case "effectFailed":
      return { state, effects: [{ kind: "note", level: "warn", what: `${event.effect} failed: ${event.because}` }] };
  }
}

function changeConditions(settings: Settings, state: Backup, conditions: Conditions, nowMs: number): Step {
  const next: Backup = { ...state, conditions };
  if (conditions.faults.length > 0) {
    return enterFault({ from: next, effects: [] }, nowMs, describeFaults(conditions), "lasting");
  }
  // Another priority is another skew of the same silence.
  const skew = (priority: number) => skewMs(settings.version, priority, state.activeIntervalMs);
  const downAtMs = state.downAtMs - skew(state.conditions.priority) + skew(conditions.priority);
  return { state: { ...next, downAtMs }, effects: [] };
}

function hearAdvert(settings: Settings, state: Backup, advert: HeardAdvert, nowMs: number): Backup {
  const { priority } = state.conditions;
  // RFC 9568 6.4.2, priority 0: the Active stops by itself; only the skew is waited for, so that the best Backup is first.
  if (advert.priority === 0) {
    const active = seeActive(state.active, advert);
    return { ...state, active, downAtMs: nowMs + skewMs(settings.version, priority, state.activeIntervalMs) };
  }
  const active = seeActive(state.active, advert);
  const preemptAtMs = preemptionStart(settings, state, active, nowMs);
  // RFC 9568 6.4.2, Preempt_Mode and a lower priority: discard. The timer runs on, so the takeover comes when it fires, not now.
  if (preemptAtMs !== null && nowMs >= preemptAtMs) return { ...state, active, preemptAtMs };
  // RFC 9568 6.4.2, no Preempt_Mode, or a priority that is not lower: follow.
  return {
    ...state,
    active,
    preemptAtMs,
    activeIntervalMs: advert.intervalMs,
    downAtMs: nowMs + activeDownMs(settings.version, priority, advert.intervalMs),
  };
}

/** Who is followed is worth a line, once: adverts come ten times a second. */
function noteFirst({ active }: Backup, { source, priority }: HeardAdvert): Effect[] {
  if (active !== null || priority === 0) return [];
  return [{ kind: "note", level: "info", what: `${source} is Active, with priority ${priority}` }];
}

/** From when on a worse Active is no longer followed; null while it is to be followed. */
function preemptionStart(settings: Settings, state: Backup, active: SeenActive, nowMs: number): number | null {
  const { priority } = state.conditions;
  if (active.priority >= priority || !isPreempting(settings, active, priority)) return null;
  return state.preemptAtMs ?? nowMs + settings.preemptDelayMs;
}

function isPreempting({ preempt }: Settings, active: SeenActive, priority: number): boolean {
  // RFC 9568 6.1: the owner of the addresses preempts whatever the mode.
  if (priority === OWNER_PRIORITY) return true;
  // An Active that lowers its own priority says that it is less well than before.
  if (preempt === "when-healthier") return active.priority < active.priorityMax;
  return preempt === "always";
}

function seeActive(before: SeenActive | null, { source, priority }: HeardAdvert): SeenActive {
  const priorityMax = before?.address === source ? Math.max(before.priorityMax, priority) : priority;
  return { address: source, priority, priorityMax };
}

function fireTimer(settings: Settings, state: Backup, nowMs: number): Step {
  if (nowMs < state.downAtMs) return { state, effects: [] };
  const lateMs = nowMs - state.downAtMs;
  // This host slept, not the Active: its adverts of that time may be lost, so listen for another one before believing the silence.
  if (lateMs > state.activeIntervalMs) {
    const skew = skewMs(settings.version, state.conditions.priority, state.activeIntervalMs);
    const what = `this host slept ${Math.round(lateMs)} ms; listening again before taking over`;
    return {
      state: { ...state, downAtMs: nowMs + state.activeIntervalMs + skew },
      effects: [{ kind: "note", level: "warn", what }],
    };
  }
  return enterActive(settings, { from: state, effects: [] }, nowMs, describeTakeover(state, nowMs));
}

function describeTakeover({ active, activeIntervalMs, preemptAtMs, conditions }: Backup, nowMs: number): string {
  if (active === null) return "no advertisement heard from any Active";
  if (active.priority === 0) return `${active.address} resigned`;
  if (preemptAtMs !== null && nowMs >= preemptAtMs) {
    return `preempts ${active.address}, whose priority is ${active.priority}; own is ${conditions.priority}`;
  }
  return `no advertisement from ${active.address} within 3 intervals of ${activeIntervalMs} ms and the skew`;
}
