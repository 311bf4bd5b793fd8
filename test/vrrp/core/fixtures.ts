import type { Reason } from "../../../vrrp/core/reason.ts";
import type { Settings } from "../../../vrrp/core/settings.ts";
import type {
  Active,
  Backup,
  Conditions,
  Effect,
  Fault,
  HeardAdvert,
  Initialize,
  State,
} from "../../../vrrp/core/state.ts";

// Priority 128 halves everything: with an interval of 100 ms the skew is 50 ms and the
// down interval 350 ms (version 3); with 1000 ms they are 500 and 3500 (version 2).

export const settings: Settings = {
  name: "edge",
  vrid: 51,
  version: 3,
  family: 4,
  priority: 128,
  advertIntervalMs: 100,
  interfaceName: undefined,
  trackInterfaces: [],
  addresses: [{ address: "192.0.2.100", prefixLength: 24, family: 4 }],
  isExternal: false,
  preempt: "never",
  preemptDelayMs: 0,
  peers: [],
  checksum: "auto",
  authentication: { kind: "none" },
  announceOffsetsMs: [0, 50, 200, 1_000, 5_000],
  announceIntervalMs: 0,
  neighbourWaitMs: 0,
  lingerMs: 0,
};

export const preempting: Settings = { ...settings, preempt: "always" };
export const version2: Settings = { ...settings, version: 2, advertIntervalMs: 1_000 };

export const able: Conditions = { faults: [], priority: 128, source: "192.0.2.11" };
export const owner: Conditions = { ...able, priority: 255 };
export const unable: Conditions = { ...able, faults: ["proxy: gone", "interface eth1: absent"] };

/** All states were entered at 0; events come at `NOW`. */
export const NOW = 1_000;

export const initialize: Initialize = { kind: "initialize", conditions: able, sinceMs: 0, because: "not started" };
export const fault: Fault = { kind: "fault", conditions: unable, sinceMs: 0, because: "proxy: gone", retryAtMs: null };
export const retrying: Fault = {
  ...fault,
  conditions: able,
  because: "installAddresses failed: EPERM",
  retryAtMs: NOW,
};
export const backup: Backup = {
  kind: "backup",
  conditions: able,
  sinceMs: 0,
  because: "started",
  downAtMs: NOW,
  activeIntervalMs: 100,
  active: null,
  preemptAtMs: null,
  peer: null,
  probe: null,
  heldSinceMs: null,
  lingerUntilMs: null,
};
export const active: Active = {
  kind: "active",
  conditions: able,
  sinceMs: 0,
  because: "silence",
  advertAtMs: NOW,
  lastAdvertAtMs: NOW - 100,
  announceAtMs: [5_000],
  failedAdverts: 0,
  hasLastFailed: false,
  rivalGoneAtMs: null,
  installedAtMs: 0,
  reinstallAtMs: null,
  renewAtMs: NOW + 100,
  handover: null,
  planned: null,
  probe: null,
  probedAtMs: 0,
};

export const heard = (priority: number, source = "192.0.2.12", intervalMs = 100): HeardAdvert => ({
  source,
  priority,
  intervalMs,
});

export const advertise = (priority: number): Effect => ({ kind: "advertise", priority });
export const install: Effect = { kind: "installAddresses" };
export const renew: Effect = { kind: "renewAddresses" };
export const remove: Effect = { kind: "removeAddresses" };
export const announce: Effect = { kind: "announce" };
export const note = (what: string, level: "info" | "warn" = "warn"): Effect => ({ kind: "note", level, what });
export const transition = (from: State["kind"], to: State["kind"], reason: Reason, because: string): Effect => ({
  kind: "transition",
  from,
  to,
  reason,
  because,
});
