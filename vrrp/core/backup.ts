import { describeFaults, enterActive, enterFault, enterInitialize, OWNER_PRIORITY } from "./enter.ts";
import { hold, mustProbe, PROBE_WAIT_MS } from "./hold.ts";
import type { Cause } from "./reason.ts";
import type { Settings } from "./settings.ts";
import {
  type Backup,
  type Conditions,
  type Effect,
  type Event,
  type HeardAdvert,
  NO_EFFECTS,
  type SeenActive,
  type Step,
} from "./state.ts";
import { takeOverAsPlanned } from "./switchover.ts";
import { activeDownMs, skewMs } from "./timers.ts";

/** RFC 9568 6.4.2: listens to the Active and takes over when it falls silent. */
export function stepBackup(settings: Settings, state: Backup, event: Event, nowMs: number): Step {
  const stay: Step = { state, effects: NO_EFFECTS };
  const leaving = { from: state, effects: lettingGo(state) };
  switch (event.kind) {
    case "startup":
      return stay;
    case "shutdown":
      // RFC 9568 6.4.2: a Backup leaves without a word.
      return enterInitialize(leaving, nowMs);
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
    case "peerDied":
      // The Active's host itself says that the daemon is gone; nothing is to be waited for.
      if (state.active?.address !== event.source) return stay;
      return enterActive(settings, { from: state, effects: [] }, nowMs, { reason: "peer-died", text: event.because });
    case "peerTold":
      return { state: { ...state, peer: { ...event.word, atMs: nowMs } }, effects: [] };
    case "takeOver":
      return takeOverAsPlanned(settings, state, event.from, nowMs);
    case "handOver":
      return stay;
    case "succeeded":
      return stay;
    case "lingerEnded":
      return { state: { ...state, lingerUntilMs: null }, effects: lettingGo(state) };
    case "addressSeen":
      if (state.probe === null) return stay;
      return { state: { ...state, probe: { ...state.probe, answer: event.mac } }, effects: [] };
    case "effectFailed":
      return { state, effects: [{ kind: "note", level: "warn", what: `${event.effect} failed: ${event.because}` }] };
  }
}

const REMOVE: readonly Effect[] = [{ kind: "removeAddresses" }];

/** What a Backup still holds for connections that began here. */
function lettingGo({ lingerUntilMs }: Backup): readonly Effect[] {
  return lingerUntilMs === null ? NO_EFFECTS : REMOVE;
}

function changeConditions(settings: Settings, state: Backup, conditions: Conditions, nowMs: number): Step {
  const next: Backup = { ...state, conditions };
  if (conditions.faults.length > 0) {
    return enterFault({ from: next, effects: lettingGo(state) }, nowMs, describeFaults(conditions), "lasting");
  }
  // Another priority is another skew of the same silence.
  const skew = (priority: number) => skewMs(settings.version, priority, state.activeIntervalMs);
  const downAtMs = state.downAtMs - skew(state.conditions.priority) + skew(conditions.priority);
  return { state: { ...next, downAtMs }, effects: [] };
}

function hearAdvert(settings: Settings, state: Backup, advert: HeardAdvert, nowMs: number): Backup {
  const { priority } = state.conditions;
  const active = seeActive(state.active, advert);
  const heard = { active, probe: null, heldSinceMs: null };
  // RFC 9568 6.4.2, priority 0: the Active stops by itself; only the skew is waited for, so that the best Backup is first.
  if (advert.priority === 0) {
    return { ...state, ...heard, downAtMs: nowMs + skewMs(settings.version, priority, state.activeIntervalMs) };
  }
  const preemptAtMs = preemptionStart(settings, state, active, nowMs);
  // RFC 9568 6.4.2, Preempt_Mode and a lower priority: discard. The timer runs on, so the takeover comes when it fires, not now.
  if (preemptAtMs !== null && nowMs >= preemptAtMs) return { ...state, ...heard, preemptAtMs };
  // RFC 9568 6.4.2, no Preempt_Mode, or a priority that is not lower: follow.
  return {
    ...state,
    ...heard,
    preemptAtMs,
    activeIntervalMs: advert.intervalMs,
    downAtMs: nowMs + activeDownMs(settings.version, priority, advert.intervalMs),
  };
}

/** Who is followed is worth a line, once: adverts come ten times a second. */
function noteFirst({ active }: Backup, { source, priority }: HeardAdvert): readonly Effect[] {
  if (active !== null || priority === 0) return NO_EFFECTS;
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
  if (before?.address === source && before.priority === priority) return before;
  const priorityMax = before?.address === source ? Math.max(before.priorityMax, priority) : priority;
  return { address: source, priority, priorityMax };
}

function fireTimer(settings: Settings, before: Backup, nowMs: number): Step {
  const isLingerOver = before.lingerUntilMs !== null && nowMs >= before.lingerUntilMs;
  const state: Backup = isLingerOver ? { ...before, lingerUntilMs: null } : before;
  const effects = isLingerOver ? lettingGo(before) : [];
  if (nowMs < state.downAtMs) return { state, effects };
  const lateMs = nowMs - state.downAtMs;
  // This host slept, not the Active: its adverts of that time may be lost, so listen for another one before believing the silence.
  if (lateMs > state.activeIntervalMs) {
    const skew = skewMs(settings.version, state.conditions.priority, state.activeIntervalMs);
    const what = `this host slept ${Math.round(lateMs)} ms; listening again before taking over`;
    const next: Backup = { ...state, probe: null, downAtMs: nowMs + state.activeIntervalMs + skew };
    return { state: next, effects: [...effects, { kind: "note", level: "warn", what }] };
  }
  if (state.probe === null && mustProbe(settings, state, nowMs)) {
    const untilMs = nowMs + PROBE_WAIT_MS;
    const next: Backup = { ...state, downAtMs: untilMs, probe: { untilMs, answer: null } };
    return { state: next, effects: [...effects, { kind: "probe" }] };
  }
  const held = hold(state, nowMs);
  if (held !== undefined) return { state: held.state, effects: [...effects, ...held.effects] };
  return enterActive(settings, { from: state, effects }, nowMs, describeTakeover(state, nowMs));
}

function describeTakeover({ active, activeIntervalMs, preemptAtMs, conditions }: Backup, nowMs: number): Cause {
  if (active === null) return { reason: "nobody-heard", text: "no advertisement heard from any Active" };
  if (active.priority === 0) return { reason: "resigned", text: `${active.address} resigned` };
  if (preemptAtMs !== null && nowMs >= preemptAtMs) {
    const text = `preempts ${active.address}, whose priority is ${active.priority}; own is ${conditions.priority}`;
    return { reason: "preempts", text };
  }
  const text = `no advertisement from ${active.address} within 3 intervals of ${activeIntervalMs} ms and the skew`;
  return { reason: "silence", text };
}
