import type { Reason } from "./reason.ts";

// The virtual router's states (RFC 9568 6.4; Fault is keepalived's word for an
// Initialize that waits for this host to become able):
//
//   Initialize ──startup──▶ Backup ──silence──▶ Active
//       ▲                    │  ▲ ◀──better rival──┘ │
//       │ shutdown     unable│  │able                │unable
//       └── from all         ▼  │                    ▼
//                           Fault ◀──────────────────┘

/** What the world around allows: whether this host may be Active, and as what. */
export type Conditions = {
  /** Why not, if not; empty: it may. */
  readonly faults: readonly string[];
  /** Priority with all weights counted in. */
  readonly priority: number;
  /** Own address that adverts are sent from; empty when there is none. */
  readonly source: string;
};

type Common = {
  readonly conditions: Conditions;
  readonly sinceMs: number;
  /** Why this state was entered. */
  readonly because: string;
};

export type Initialize = Common & { readonly kind: "initialize" };

export type Fault = Common & {
  readonly kind: "fault";
  /** When to try again after an effect failed; null: only conditions can end it. */
  readonly retryAtMs: number | null;
};

/** The Active as its adverts show it. */
export type SeenActive = { readonly address: string; readonly priority: number; readonly priorityMax: number };

/** What the other host says of itself on the control channel. */
export type PeerWord = {
  /** Address that its adverts come from. */
  readonly source: string;
  readonly state: State["kind"];
  readonly priority: number;
};

/** A question to the link who has the addresses: until when answers are waited for, and the MAC that answered. */
export type Probe = { readonly untilMs: number; readonly answer: string | null };

export type Backup = Common & {
  readonly kind: "backup";
  /** Active_Down_Timer. */
  readonly downAtMs: number;
  /** Active_Adver_Interval, learned from adverts. */
  readonly activeIntervalMs: number;
  readonly active: SeenActive | null;
  /** When adverts of a worse Active stop counting; null: none was heard. */
  readonly preemptAtMs: number | null;
  readonly peer: (PeerWord & { readonly atMs: number }) | null;
  /** Null: nothing is asked. */
  readonly probe: Probe | null;
  /** Since when a takeover waits because someone answers for the addresses; null: it does not. */
  readonly heldSinceMs: number | null;
  /** Until when the addresses stay for connections that began here, though another host is Active; null: they are gone. */
  readonly lingerUntilMs: number | null;
};

export type Active = Common & {
  readonly kind: "active";
  /** Adver_Timer. */
  readonly advertAtMs: number;
  readonly lastAdvertAtMs: number;
  /** Announcements still to make, ascending. */
  readonly announceAtMs: readonly number[];
  /** Adverts in a row that could not be sent, and whether the last is one of them. */
  readonly failedAdverts: number;
  readonly hasLastFailed: boolean;
  /** When a rival that was heard counts as gone; null: no rival. */
  readonly rivalGoneAtMs: number | null;
  readonly installedAtMs: number;
  /** When to set removed addresses again; null: nothing is missing. */
  readonly reinstallAtMs: number | null;
  /** When to extend the lease of the addresses. */
  readonly renewAtMs: number;
  /** Who is about to take over as planned, whatever its priority, and until when that is expected; null: nobody. */
  readonly handover: { readonly to: string; readonly untilMs: number } | null;
  /** Whom this router succeeded as planned, and until when that one's connections are relayed to it; null: nobody. */
  readonly planned: { readonly from: string; readonly untilMs: number } | null;
  /** The peer says that it is Active too: what it said, and who else answers for the addresses. Null: nothing is asked. */
  readonly probe: (Probe & { readonly rival: PeerWord }) | null;
  readonly probedAtMs: number;
};

export type State = Initialize | Fault | Backup | Active;

/** An advertisement that passed every check on receipt (receive.ts). */
export type HeardAdvert = { readonly source: string; readonly priority: number; readonly intervalMs: number };

/** Effects that may fail. */
export type EffectName =
  | "advertise"
  | "installAddresses"
  | "renewAddresses"
  | "removeAddresses"
  | "announce"
  | "probe"
  | "relay"
  | "endRelay"
  | "lingerAddresses";

export type Event =
  | { readonly kind: "startup"; readonly conditions: Conditions }
  | { readonly kind: "shutdown" }
  | { readonly kind: "conditionsChanged"; readonly conditions: Conditions }
  | { readonly kind: "settingsChanged" }
  | { readonly kind: "advertReceived"; readonly advert: HeardAdvert }
  | { readonly kind: "timerFired" }
  /** Someone else removed one of the addresses. */
  | { readonly kind: "addressLost"; readonly address: string }
  /** The peer's daemon ended without a word, and its host says so. */
  | { readonly kind: "peerDied"; readonly source: string; readonly because: string }
  | { readonly kind: "peerTold"; readonly word: PeerWord }
  /** Planned switchover: to be Active instead of `from`, which knows. */
  | { readonly kind: "takeOver"; readonly from: string }
  /** Planned switchover: `to` will be Active; null: it won't. */
  | { readonly kind: "handOver"; readonly to: string | null }
  /** Planned switchover: it is Active, as it says on the control channel, though its advert may be lost. */
  | { readonly kind: "succeeded"; readonly by: HeardAdvert }
  /** No connection needs the addresses any more that linger. */
  | { readonly kind: "lingerEnded" }
  /** Someone else on the link says that an address of ours is its own. */
  | { readonly kind: "addressSeen"; readonly address: string; readonly mac: string }
  | { readonly kind: "effectFailed"; readonly effect: EffectName; readonly because: string };

/** What the shell must do, in this order. A failure comes back as `effectFailed`. */
export type Effect =
  | { readonly kind: "advertise"; readonly priority: number }
  /** Sets exactly the addresses of the settings, for the length of a lease. */
  | { readonly kind: "installAddresses" }
  | { readonly kind: "renewAddresses" }
  | { readonly kind: "removeAddresses" }
  | { readonly kind: "announce" }
  /** Asks the link who has the addresses; an answer comes back as `addressSeen`. */
  | { readonly kind: "probe" }
  /** Passes on to the host at `to` what belongs to connections that began there. */
  | { readonly kind: "relay"; readonly to: string }
  | { readonly kind: "endRelay" }
  /** Keeps the addresses for connections that began here, without saying so to anyone. */
  | { readonly kind: "lingerAddresses"; readonly forMs: number }
  | {
      readonly kind: "transition";
      readonly from: State["kind"];
      readonly to: State["kind"];
      readonly reason: Reason;
      readonly because: string;
    }
  /** Worth a line in the log, though the state stays. */
  | { readonly kind: "note"; readonly level: "info" | "warn"; readonly what: string };

/** Nothing to do: one for all, as most events end so. */
export const NO_EFFECTS: readonly Effect[] = [];

/** Events that the control channel brings. */
export type PeerEvent = Extract<
  Event,
  { kind: "peerDied" | "peerTold" | "takeOver" | "handOver" | "succeeded" | "lingerEnded" }
>;

export type Step = { readonly state: State; readonly effects: readonly Effect[] };

/** The state before anything has happened. */
export function initialState(nowMs: number): Initialize {
  return {
    kind: "initialize",
    conditions: { faults: ["not started"], priority: 0, source: "" },
    sinceMs: nowMs,
    because: "not started",
  };
}

/** When the state next wants `timerFired`. */
export function nextDeadlineMs(state: State): number {
  switch (state.kind) {
    case "initialize":
      return Number.POSITIVE_INFINITY;
    case "fault":
      return state.retryAtMs ?? Number.POSITIVE_INFINITY;
    case "backup":
      return Math.min(state.downAtMs, state.lingerUntilMs ?? Number.POSITIVE_INFINITY);
    case "active":
      return Math.min(
        state.advertAtMs,
        state.renewAtMs,
        state.announceAtMs[0] ?? Number.POSITIVE_INFINITY,
        state.rivalGoneAtMs ?? Number.POSITIVE_INFINITY,
        state.reinstallAtMs ?? Number.POSITIVE_INFINITY,
        state.handover?.untilMs ?? Number.POSITIVE_INFINITY,
        state.planned?.untilMs ?? Number.POSITIVE_INFINITY,
        state.probe?.untilMs ?? Number.POSITIVE_INFINITY,
      );
  }
}
