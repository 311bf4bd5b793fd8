import type { Settings } from "./settings.ts";
import type { Backup, Step } from "./state.ts";

// Silence alone does not prove that the addresses are free. Where something speaks against it, the link itself is
// asked (ARP, RFC 5227; neighbour discovery, RFC 4861) before they are taken: two Actives are worse than a few milliseconds.

/** Neighbours on a link answer within one or two. */
export const PROBE_WAIT_MS = 10;
/**
 * Age of the peer's last word up to which it says more than silence does. Adverts are missing for at least two intervals when
 * a link that carries both is cut: by then the last word is older than this, and the takeover does not wait.
 */
const WORD_FRESH_INTERVALS = 1.5;
const WORD_FRESH_MS_MAX = 1_000;
/** An unknown owner of the addresses may be one that answers for everything: it is not believed for ever. */
const HOLD_UNKNOWN_MS_MAX = 10_000;

/** Whether the link is to be asked before the addresses are taken. */
export function mustProbe(settings: Settings, state: Backup, nowMs: number): boolean {
  if (isPeerActive(state, nowMs)) return true;
  // Just started: an owner that does not speak VRRP, or whose adverts don't come through, would have been heard by nobody.
  return state.active === null && settings.neighbourWaitMs > 0;
}

/** Goes on waiting if someone answered the probe; undefined: nobody did, or for too long. */
export function hold(state: Backup, nowMs: number): Step | undefined {
  const { probe, heldSinceMs, activeIntervalMs, peer } = state;
  if (probe === null || probe.answer === null) return undefined;
  const isPeer = isPeerActive(state, nowMs);
  const sinceMs = heldSinceMs ?? nowMs;
  if (!isPeer && nowMs - sinceMs >= HOLD_UNKNOWN_MS_MAX) return undefined;
  const next: Backup = { ...state, probe: null, heldSinceMs: sinceMs, downAtMs: nowMs + activeIntervalMs };
  if (heldSinceMs !== null) return { state: next, effects: [] };
  const what = isPeer
    ? `advertisements of ${peer?.source} don't arrive, but it says on the control channel that it is Active, ` +
      `and ${probe.answer} answers for the addresses: not taking over`
    : `nobody advertises, but ${probe.answer} answers for the addresses: waiting at most ${HOLD_UNKNOWN_MS_MAX} ms`;
  return { state: next, effects: [{ kind: "note", level: "warn", what }] };
}

function isPeerActive({ peer, active, activeIntervalMs }: Backup, nowMs: number): boolean {
  if (peer === null || peer.state !== "active") return false;
  // Its own last advert says that it goes (RFC 9568 6.4.3, priority 0); a word on the other channel may be older.
  if (active?.priority === 0 && active.address === peer.source) return false;
  return nowMs - peer.atMs <= Math.min(WORD_FRESH_MS_MAX, WORD_FRESH_INTERVALS * activeIntervalMs);
}
