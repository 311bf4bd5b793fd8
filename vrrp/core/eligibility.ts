import type { VrrpConfig } from "../../config/vrrp.ts";
import type { HostNetwork, Placement } from "./network.ts";
import type { Settings } from "./settings.ts";
import type { Conditions } from "./state.ts";
import type { TrackResult } from "./track.ts";

/** What is known of the local proxy. */
export type ProxyHealth = { readonly isHealthy: boolean; readonly because: string };

export const unknownHealth: ProxyHealth = { isHealthy: false, because: "not asked yet" };

const PRIORITY_MIN = 1;
const PRIORITY_MAX = 254;
const OWNER_PRIORITY = 255;

/** Whether this host may be Active for a virtual router, and with which priority. */
export function judgeConditions(
  settings: Settings,
  trackProxy: VrrpConfig["trackProxy"],
  placement: Placement,
  network: HostNetwork,
  proxy: ProxyHealth,
  tracks: readonly TrackResult[] = [],
): Conditions {
  const isProxyFatal = trackProxy.isEnabled && trackProxy.weight === 0;
  const faults = [
    ...(placement.ok ? [] : [placement.because]),
    ...trackFaults(settings.trackInterfaces, network),
    ...tracks.flatMap(({ what, isUp, weight, because }) =>
      weight === 0 && isUp !== true ? [`${what}: ${because}`] : [],
    ),
    ...(isProxyFatal && !proxy.isHealthy ? [`proxy: ${proxy.because}`] : []),
  ];
  const ofProxy = trackProxy.isEnabled ? weightOf(trackProxy.weight, proxy.isHealthy) : 0;
  // What is not known yet neither earns nor costs.
  const known = tracks.filter(({ isUp }) => isUp !== null);
  const weight = known.reduce((sum, { weight, isUp }) => sum + weightOf(weight, isUp === true), ofProxy);
  return {
    faults,
    priority: weighPriority(settings.priority, weight),
    source: placement.ok ? placement.source : "",
  };
}

/** Whether two judgements are the same, so that nothing need be told. */
export function areSameConditions(a: Conditions, b: Conditions): boolean {
  return a.priority === b.priority && a.source === b.source && a.faults.join("\n") === b.faults.join("\n");
}

function trackFaults(names: readonly string[], network: HostNetwork): string[] {
  const links = [...network.links.values()];
  return names.flatMap((name) => {
    const link = links.find((candidate) => candidate.name === name);
    if (link === undefined) return [`tracked interface ${name}: absent`];
    return link.isRunning ? [] : [`tracked interface ${name}: down or without carrier`];
  });
}

/** keepalived's meaning: a positive weight is earned by health, a negative one is the price of failure. */
function weightOf(weight: number, isHealthy: boolean): number {
  return weight > 0 === isHealthy ? weight : 0;
}

/** 0 and 255 have meanings of their own, so a weight never leads there. The owner of the addresses has no other priority. */
function weighPriority(priority: number, weight: number): number {
  if (priority === OWNER_PRIORITY) return priority;
  return Math.min(PRIORITY_MAX, Math.max(PRIORITY_MIN, priority + weight));
}
