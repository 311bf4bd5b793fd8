import type { InstanceStatus } from "../../config/status.ts";
import type { Settings } from "../core/settings.ts";
import type { State } from "../core/state.ts";
import type { AdvertChannel } from "./advert-channel.ts";

/** What is known of a virtual router, for whoever asks. */
export type RouterFacts = {
  readonly settings: Settings;
  readonly state: State;
  readonly channel: AdvertChannel;
  readonly lastAdvertAtMs: number | undefined;
  readonly transitions: Transitions;
};

/** How often which state was left for which. */
export type Transitions = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const STATE_NAMES = { initialize: "Initialize", fault: "Fault", backup: "Backup", active: "Active" } as const;

export function statusOf(
  { settings, state, channel, lastAdvertAtMs, transitions }: RouterFacts,
  nowMs: number,
): InstanceStatus {
  const { vrid, addresses, interfaceName } = settings;
  return {
    state: STATE_NAMES[state.kind],
    sinceMs: Math.round(nowMs - state.sinceMs),
    because: state.because,
    vrid,
    interface: channel.link?.name ?? interfaceName ?? "",
    priority: state.conditions.priority,
    addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    source: state.conditions.source,
    lastAdvertMs: lastAdvertAtMs === undefined ? null : Math.round(nowMs - lastAdvertAtMs),
    activeAddress: state.kind === "backup" ? (state.active?.address ?? null) : null,
    transitions,
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

export function countTransition(counts: Transitions, from: string, to: string): Transitions {
  return { ...counts, [from]: { ...counts[from], [to]: (counts[from]?.[to] ?? 0) + 1 } };
}
