import { compareIpAddresses } from "../wire/ip-address.ts";
import { enterBackup } from "./enter.ts";
import { PROBE_WAIT_MS } from "./hold.ts";
import type { Cause } from "./reason.ts";
import type { Settings } from "./settings.ts";
import type { Active, PeerWord, Step } from "./state.ts";
import { activeDownMs } from "./timers.ts";

// Two Actives that don't hear each other's adverts. The control channel says so, the link says whether clients can
// reach both; then the better one stays, as it would if the adverts came through.

/** A change of states takes a moment to be told. */
const SETTLE_MS = 500;
const PROBE_PAUSE_MS = 500;

/** The peer's word, while this router is Active. */
export function doubtActive(state: Active, word: PeerWord, nowMs: number): Step {
  const isSettled = nowMs - state.sinceMs >= SETTLE_MS && nowMs - state.probedAtMs >= PROBE_PAUSE_MS;
  const isBusy = state.handover !== null || state.probe !== null;
  if (word.state !== "active" || !isSettled || isBusy) return { state, effects: [] };
  const probe = { untilMs: nowMs + PROBE_WAIT_MS, answer: null, rival: word };
  return { state: { ...state, probe, probedAtMs: nowMs }, effects: [{ kind: "probe" }] };
}

/** The probe's time is over; undefined: it is not. */
export function settleSplitBrain(settings: Settings, state: Active, nowMs: number): Step | undefined {
  const { probe, conditions } = state;
  if (probe === null || nowMs < probe.untilMs) return undefined;
  const { rival, answer } = probe;
  const evidence =
    `${rival.source} says on the control channel that it is Active with priority ${rival.priority}, ` +
    `own is ${conditions.priority}; ${answer ?? "nobody else"} answers for the addresses`;
  const isRivalBetter =
    rival.priority > conditions.priority ||
    (rival.priority === conditions.priority && compareIpAddresses(rival.source, conditions.source) > 0);
  if (answer !== null && isRivalBetter) {
    const cause: Cause = { reason: "split-brain", text: `split brain: ${evidence}` };
    return enterBackup(settings, { from: state, effects: [{ kind: "removeAddresses" }] }, nowMs, cause, null);
  }
  const next: Active = { ...state, probe: null, rivalGoneAtMs: rivalGoneAtMs(settings, state, nowMs) + PROBE_PAUSE_MS };
  if (state.rivalGoneAtMs !== null) return { state: next, effects: [] };
  return { state: next, effects: [{ kind: "note", level: "warn", what: `split brain: ${evidence}; staying Active` }] };
}

/** Someone else says that it has an address. */
export function seeForeignOwner(
  settings: Settings,
  state: Active,
  seen: { readonly address: string; readonly mac: string },
  nowMs: number,
): Step {
  if (state.probe !== null) return { state: { ...state, probe: { ...state.probe, answer: seen.mac } }, effects: [] };
  // The successor's announcement comes before its advert.
  if (state.handover !== null || state.planned !== null) return { state, effects: [] };
  const next: Active = { ...state, rivalGoneAtMs: rivalGoneAtMs(settings, state, nowMs) };
  if (state.rivalGoneAtMs !== null) return { state: next, effects: [] };
  const what = `${seen.mac} says that it has ${seen.address}, which is this host's; telling the neighbours again`;
  return { state: next, effects: [{ kind: "announce" }, { kind: "note", level: "warn", what }] };
}

function rivalGoneAtMs(settings: Settings, { conditions }: Active, nowMs: number): number {
  return nowMs + activeDownMs(settings.version, conditions.priority, settings.advertIntervalMs);
}
