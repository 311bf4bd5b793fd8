import { compareIpAddresses } from "../wire/ip-address.ts";
import { afterAdvert, fireTimers, ownDownMs } from "./active-timers.ts";
import { describeFaults, enterBackup, enterFault, enterInitialize } from "./enter.ts";
import type { Settings } from "./settings.ts";
import { doubtActive, seeForeignOwner } from "./split-brain.ts";
import {
  type Active,
  type Conditions,
  type Effect,
  type Event,
  type HeardAdvert,
  NO_EFFECTS,
  type Step,
} from "./state.ts";
import { expectSuccessor, hearDuringSwitchover } from "./switchover.ts";
import { activeDownMs } from "./timers.ts";

/** A failed advert is tried again so soon and so often, then at its next time (a firewall being reloaded lasts a few ms). */
const ADVERT_RETRY_MS = 1;
const ADVERT_RETRIES = 3;
/** Three intervals without one advert: the others have given this router up. */
const FAILED_ADVERTS_MAX = 3 * (ADVERT_RETRIES + 1);
/** Addresses that someone keeps removing are set again at most so often. */
const REINSTALL_PAUSE_MS = 10;

/** RFC 9568 6.4.3: holds the addresses and says so. */
export function stepActive(settings: Settings, state: Active, event: Event, nowMs: number): Step {
  const stay: Step = { state, effects: NO_EFFECTS };
  switch (event.kind) {
    case "startup":
      return stay;
    case "shutdown":
      // RFC 9568 6.4.3, Shutdown: priority 0 lets the best Backup follow after its skew only.
      return enterInitialize({ from: state, effects: RESIGN }, nowMs);
    case "conditionsChanged":
      return changeConditions(state, event.conditions, nowMs);
    case "settingsChanged": {
      const next: Active = { ...state, advertAtMs: nowMs, installedAtMs: nowMs, reinstallAtMs: null };
      return { state: afterAdvert(settings, next, nowMs), effects: [advert(next), INSTALL, ANNOUNCE] };
    }
    case "advertReceived":
      if (hasOverslept(settings, state, nowMs)) return yieldAfterSleep(settings, state, event.advert, nowMs);
      return hearAdvert(settings, state, event.advert, nowMs);
    case "timerFired":
      if (hasOverslept(settings, state, nowMs)) return yieldAfterSleep(settings, state, null, nowMs);
      return fireTimers(settings, state, nowMs);
    case "addressLost": {
      const note: Effect = {
        kind: "note",
        level: "warn",
        what: `${event.address} was removed by someone else; setting it again`,
      };
      if (nowMs < state.installedAtMs + REINSTALL_PAUSE_MS) {
        return { state: { ...state, reinstallAtMs: state.installedAtMs + REINSTALL_PAUSE_MS }, effects: [note] };
      }
      return { state: { ...state, installedAtMs: nowMs, reinstallAtMs: null }, effects: [INSTALL, ANNOUNCE, note] };
    }
    case "peerDied":
      return stay;
    case "peerTold":
      return doubtActive(state, event.word, nowMs);
    case "takeOver":
      return stay;
    case "handOver":
      return { state: expectSuccessor(state, event.to, nowMs), effects: [] };
    case "succeeded":
      return hearDuringSwitchover(settings, state, event.by, nowMs) ?? stay;
    case "lingerEnded":
      return stay;
    case "addressSeen":
      return seeForeignOwner(settings, state, event, nowMs);
    case "effectFailed":
      return failEffect(state, event.effect, event.because, nowMs);
  }
}

const INSTALL: Effect = { kind: "installAddresses" };
const ANNOUNCE: Effect = { kind: "announce" };
/** The advert first: the next Active counts from it, and has the addresses before neighbours notice. */
const RESIGN: readonly Effect[] = [{ kind: "advertise", priority: 0 }, { kind: "removeAddresses" }];

function advert({ conditions }: Active): Effect {
  return { kind: "advertise", priority: conditions.priority };
}

function changeConditions(state: Active, conditions: Conditions, nowMs: number): Step {
  const next: Active = { ...state, conditions };
  if (conditions.faults.length > 0) {
    return enterFault({ from: next, effects: RESIGN }, nowMs, describeFaults(conditions), "lasting");
  }
  // A Backup that now is the better one shall know at once.
  const isAnother = conditions.priority !== state.conditions.priority;
  return { state: next, effects: isAnother ? [advert(next)] : [] };
}

function hearAdvert(settings: Settings, state: Active, heard: HeardAdvert, nowMs: number): Step {
  const { conditions } = state;
  // RFC 9568 6.4.3, priority 0: another router stops; assert that this one goes on.
  if (heard.priority === 0) {
    return { state: afterAdvert(settings, state, nowMs), effects: [advert(state)] };
  }
  const planned = hearDuringSwitchover(settings, state, heard, nowMs);
  if (planned !== undefined) return planned;
  const isBetter =
    heard.priority > conditions.priority ||
    // RFC 9568 6.4.3: the tie is broken by the higher address, and only here.
    (heard.priority === conditions.priority && compareIpAddresses(heard.source, conditions.source) > 0);
  if (isBetter) {
    const text = `${heard.source} is Active with priority ${heard.priority}, own is ${conditions.priority}`;
    // A last advert, so that the better one learns that it had a rival, and tells the neighbours again where the addresses are.
    const effects: Effect[] = [advert(state), { kind: "removeAddresses" }];
    return enterBackup(settings, { from: state, effects }, nowMs, { reason: "better-rival", text }, heard);
  }
  return defyRival(settings, state, heard, nowMs);
}

/** Another Active that should not be: neighbours may have learned its MAC, so tell them now and once more when it is gone. */
function defyRival(settings: Settings, state: Active, heard: HeardAdvert, nowMs: number): Step {
  const rivalGoneAtMs = nowMs + activeDownMs(settings.version, state.conditions.priority, heard.intervalMs);
  const next: Active = { ...state, rivalGoneAtMs };
  // RFC 9568 6.4.3, otherwise: assert the Active state at once. RFC 3768 6.4.3: discard silently.
  const answer: Effect[] = settings.version === 3 ? [advert(state)] : [];
  if (state.rivalGoneAtMs !== null) return { state: next, effects: answer };
  const what = `${heard.source} is Active too, with priority ${heard.priority}; own is ${state.conditions.priority}`;
  return { state: next, effects: [...answer, ANNOUNCE, { kind: "note", level: "warn", what }] };
}

/** Whether the others have missed this router for so long that one of them may have taken over. */
function hasOverslept(settings: Settings, state: Active, nowMs: number): boolean {
  return nowMs - state.lastAdvertAtMs > ownDownMs(settings, state);
}

/** Listens as a Backup before it speaks again: an Active that insists after a long sleep would make two. */
function yieldAfterSleep(settings: Settings, state: Active, heard: HeardAdvert | null, nowMs: number): Step {
  const text = `this host slept: no advertisement sent for ${Math.round(nowMs - state.lastAdvertAtMs)} ms`;
  const isOther = heard !== null && heard.priority > 0;
  return enterBackup(
    settings,
    { from: state, effects: [{ kind: "removeAddresses" }] },
    nowMs,
    { reason: "slept", text },
    isOther ? heard : null,
  );
}

function failEffect(state: Active, effect: string, because: string, nowMs: number): Step {
  const what = `${effect} failed: ${because}`;
  if (effect === "installAddresses") return enterFault({ from: state, effects: RESIGN }, nowMs, what, "temporary");
  if (effect !== "advertise") return { state, effects: [{ kind: "note", level: "warn", what }] };
  const failedAdverts = state.failedAdverts + 1;
  if (failedAdverts >= FAILED_ADVERTS_MAX)
    return enterFault({ from: state, effects: RESIGN }, nowMs, what, "temporary");
  const isRetried = failedAdverts % (ADVERT_RETRIES + 1) !== 0;
  const advertAtMs = isRetried ? nowMs + ADVERT_RETRY_MS : state.advertAtMs;
  const note: Effect[] = failedAdverts === 1 ? [{ kind: "note", level: "warn", what }] : [];
  return { state: { ...state, failedAdverts, hasLastFailed: true, advertAtMs }, effects: note };
}
