import type { Settings } from "./settings.ts";
import { settleSplitBrain } from "./split-brain.ts";
import { type Active, type Effect, NO_EFFECTS, type Step } from "./state.ts";
import { endHandover, endRelay } from "./switchover.ts";
import { activeDownMs, leaseRenewalMs } from "./timers.ts";

/** What becomes of an Active when one of its timers is due; undefined: it is not. */
type Timer = (settings: Settings, state: Active, nowMs: number) => Step | undefined;

/** In this order: whoever must go does not advertise, and what is set again is announced. */
const TIMERS: readonly Timer[] = [settleSplitBrain, endHandover, endRelay, sendAdvert, reinstall, renew, announce];

/** Everything that is due. Most of the time that is an advert or nothing, so only what happens costs memory. */
export function fireTimers(settings: Settings, before: Active, nowMs: number): Step {
  let done: Step = { state: before, effects: NO_EFFECTS };
  for (const timer of TIMERS) {
    if (done.state.kind !== "active") break;
    const step = timer(settings, done.state, nowMs);
    if (step === undefined) continue;
    const { effects } = done;
    done = effects === NO_EFFECTS ? step : { state: step.state, effects: [...effects, ...step.effects] };
  }
  return done;
}

/** The state after an advert. Adver_Timer keeps its beat, unless more than a beat was missed. */
export function afterAdvert(settings: Settings, state: Active, nowMs: number): Active {
  const beat = state.advertAtMs + settings.advertIntervalMs;
  return {
    ...state,
    lastAdvertAtMs: nowMs,
    advertAtMs: nowMs >= state.advertAtMs && beat > nowMs ? beat : nowMs + settings.advertIntervalMs,
    failedAdverts: state.hasLastFailed ? state.failedAdverts : 0,
    hasLastFailed: false,
  };
}

/** Silence of this router after which one like it takes over. */
export function ownDownMs({ version, advertIntervalMs }: Settings, { conditions }: Active): number {
  return activeDownMs(version, conditions.priority, advertIntervalMs);
}

/** RFC 9568 6.4.3: Adver_Timer. */
function sendAdvert(settings: Settings, state: Active, nowMs: number): Step | undefined {
  if (nowMs < state.advertAtMs) return undefined;
  const effects: Effect[] = [{ kind: "advertise", priority: state.conditions.priority }];
  return { state: afterAdvert(settings, state, nowMs), effects };
}

function reinstall(_: Settings, state: Active, nowMs: number): Step | undefined {
  if (state.reinstallAtMs === null || nowMs < state.reinstallAtMs) return undefined;
  const announceAtMs = [nowMs, ...state.announceAtMs];
  const next: Active = { ...state, reinstallAtMs: null, installedAtMs: nowMs, announceAtMs };
  return { state: next, effects: [{ kind: "installAddresses" }] };
}

function renew(settings: Settings, state: Active, nowMs: number): Step | undefined {
  if (nowMs < state.renewAtMs) return undefined;
  const renewAtMs = nowMs + leaseRenewalMs(ownDownMs(settings, state));
  return { state: { ...state, renewAtMs }, effects: [{ kind: "renewAddresses" }] };
}

/** After a takeover, when a rival has gone, and from time to time if asked. */
function announce({ announceIntervalMs }: Settings, state: Active, nowMs: number): Step | undefined {
  const isRivalGone = state.rivalGoneAtMs !== null && nowMs >= state.rivalGoneAtMs;
  const isDue = (state.announceAtMs[0] ?? Number.POSITIVE_INFINITY) <= nowMs;
  const isEndless = announceIntervalMs > 0;
  if (!isRivalGone && !isDue && (state.announceAtMs.length > 0 || !isEndless)) return undefined;
  const announceAtMs = state.announceAtMs.filter((at) => at > nowMs);
  if (announceAtMs.length === 0 && isEndless) announceAtMs.push(nowMs + announceIntervalMs);
  const next: Active = { ...state, announceAtMs, rivalGoneAtMs: isRivalGone ? null : state.rivalGoneAtMs };
  return { state: next, effects: isRivalGone || isDue ? [{ kind: "announce" }] : NO_EFFECTS };
}
