import type { InstanceStatus } from "../../config/status.ts";
import type { HostNetwork } from "../core/network.ts";
import type { TransitionCount } from "../core/reason.ts";
import type { Settings } from "../core/settings.ts";
import type { State } from "../core/state.ts";
import type { VirtualAddress } from "../wire/ip-address.ts";
import { findLeftovers } from "./address-keeper.ts";
import type { AdvertChannel } from "./advert-channel.ts";

/** What is known of a virtual router, for whoever asks. */
export type RouterFacts = {
  readonly settings: Settings;
  readonly state: State;
  readonly channel: AdvertChannel;
  readonly lastAdvertAtMs: number | undefined;
  readonly network: HostNetwork;
  readonly transitionCounts: readonly TransitionCount[];
  readonly announcementsSent: number;
  readonly addressesRestored: number;
};

export const STATE_NAMES = { initialize: "Initialize", fault: "Fault", backup: "Backup", active: "Active" } as const;

export function statusOf(facts: RouterFacts, nowMs: number): InstanceStatus {
  const { settings, state, channel, lastAdvertAtMs, network, announcementsSent, addressesRestored } = facts;
  const { vrid, addresses, interfaceName } = settings;
  const present = new Set(findLeftovers(settings, network).map(({ address }) => address));
  return {
    state: STATE_NAMES[state.kind],
    sinceMs: Math.round(nowMs - state.sinceMs),
    because: state.because,
    vrid,
    interface: channel.link?.name ?? interfaceName ?? "",
    priority: state.conditions.priority,
    addresses: addresses.map(textOf),
    addressesPresent: addresses.filter(({ address }) => present.has(address)).map(textOf),
    addressesRestored,
    announcementsSent,
    source: state.conditions.source,
    lastAdvertMs: lastAdvertAtMs === undefined ? null : Math.round(nowMs - lastAdvertAtMs),
    activeAddress: state.kind === "backup" ? (state.active?.address ?? null) : null,
    transitionCounts: facts.transitionCounts.map((one) => ({
      ...one,
      from: STATE_NAMES[one.from],
      to: STATE_NAMES[one.to],
    })),
    ...channel.counters,
  };
}

/** What a decision was made of, as the journal keeps it. */
export function evidenceOf({ settings, state, channel, lastAdvertAtMs }: RouterFacts, nowMs: number): object {
  const { conditions } = state;
  const { advertsSent, advertsReceived, advertsDiscarded } = channel.counters;
  return {
    priority: conditions.priority,
    source: conditions.source,
    faults: conditions.faults,
    lastAdvertMs: lastAdvertAtMs === undefined ? null : nowMs - lastAdvertAtMs,
    advertIntervalMs: settings.advertIntervalMs,
    preempt: settings.preempt,
    advertsSent,
    advertsReceived,
    advertsDiscarded,
  };
}

function textOf({ address, prefixLength }: VirtualAddress): string {
  return `${address}/${prefixLength}`;
}
