import type { Settings } from "../../../../vrrp/core/settings.ts";
import type { Effect, Event, State } from "../../../../vrrp/core/state.ts";
import * as a from "../fixtures.ts";

/** One cell of the state × event matrix, or a variant of it; the event comes at `NOW`. */
export type Case = {
  readonly name: string;
  readonly with?: Settings;
  readonly state: State;
  readonly event: Event;
  /** Fields of the next state that differ from the state before; none: nothing changes. */
  readonly next?: Partial<State> & { readonly kind?: State["kind"] };
  readonly effects?: readonly Effect[];
};

export const startup = (conditions = a.able): Event => ({ kind: "startup", conditions });
export const shutdown: Event = { kind: "shutdown" };
export const conditionsChanged = (conditions = a.able): Event => ({ kind: "conditionsChanged", conditions });
export const settingsChanged: Event = { kind: "settingsChanged" };
export const advertReceived = (...args: Parameters<typeof a.heard>): Event => ({
  kind: "advertReceived",
  advert: a.heard(...args),
});
export const timerFired: Event = { kind: "timerFired" };
export const addressLost: Event = { kind: "addressLost", address: "192.0.2.100" };
export const effectFailed = (effect: "advertise" | "installAddresses" | "removeAddresses" | "announce"): Event => ({
  kind: "effectFailed",
  effect,
  because: "EPERM",
});

export const UNABLE = "proxy: gone; interface eth1: absent";
export const SILENT = "no advertisement heard from any Active";
export const takeover = [a.advertise(128), a.install, a.announce];
export const resign = [a.advertise(0), a.remove];
export const freshActive = {
  advertAtMs: a.NOW + 100,
  lastAdvertAtMs: a.NOW,
  announceAtMs: [a.NOW + 50, a.NOW + 200, a.NOW + 1_000, a.NOW + 5_000],
  failedAdverts: 0,
  hasLastFailed: false,
  rivalGoneAtMs: null,
  installedAtMs: a.NOW,
  reinstallAtMs: null,
  renewAtMs: a.NOW + 400,
  handover: null,
  planned: null,
  probe: null,
  probedAtMs: 0,
};
