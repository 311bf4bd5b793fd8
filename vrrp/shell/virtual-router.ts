import type { InstanceStatus } from "../../config/status.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { areSameConditions } from "../core/eligibility.ts";
import { step } from "../core/machine.ts";
import type { HostNetwork, Placement } from "../core/network.ts";
import type { Settings } from "../core/settings.ts";
import {
  type Conditions,
  type Effect,
  type Event,
  initialState,
  nextDeadlineMs,
  type PeerEvent,
  type State,
} from "../core/state.ts";
import type { InterfaceAddress } from "../wire/rtnetlink.ts";
import { type AddressKeeper, linksOf, openAddressKeeper } from "./address-keeper.ts";
import { AdvertChannel } from "./advert-channel.ts";
import type { SendResult } from "./advert-socket.ts";
import { type Announcer, announceEverywhere } from "./announcer.ts";
import type { LogLine } from "./engine-messages.ts";
import { type FlowKeeper, openFlowKeeper } from "./flow-keeper.ts";
import { Neighbours } from "./neighbours.ts";
import type { RouteSocket } from "./route-socket.ts";

/** What all virtual routers of a host share. */
export type RouterTools = {
  readonly libc: Libc;
  readonly route: RouteSocket;
  readonly announcer: Announcer;
  readonly report: (line: LogLine) => void;
};

/** What a router is told of the host around it. */
export type Surroundings = {
  readonly placement: Placement;
  readonly network: HostNetwork;
  /** All virtual addresses of this host. */
  readonly virtual: ReadonlySet<string>;
  readonly conditions: Conditions;
  /** Other routers' addresses, as far as they are known. */
  readonly neighbours: readonly string[];
};

/** Packets handled in one go; the rest waits for the next turn, so that a flood can't hold up timers. */
const PACKETS_PER_TURN = 64;

/** Runs the machine of one virtual router: gives it events, does what it says. */
export class VirtualRouter {
  #settings: Settings;
  #surroundings: Surroundings;
  #conditions: Conditions;
  #state: State;
  readonly #tools: RouterTools;
  readonly #channel: AdvertChannel;
  readonly #keeper: AddressKeeper;
  readonly #flows: FlowKeeper;
  readonly #neighbours: Neighbours;
  #isHushed = false;
  #lastAdvertAtMs: number | undefined;

  constructor(settings: Settings, tools: RouterTools, surroundings: Surroundings, nowMs: number) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#conditions = surroundings.conditions;
    this.#state = initialState(nowMs);
    this.#tools = tools;
    this.#channel = new AdvertChannel(tools.libc);
    this.#keeper = openAddressKeeper(tools.route);
    this.#flows = openFlowKeeper(tools.libc);
    this.#neighbours = new Neighbours(tools.libc);
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Descriptors to wait for; none while the interface is absent. */
  get fds(): readonly number[] {
    return [this.#channel.fd, this.#neighbours.fd].flatMap((fd) => fd ?? []);
  }

  /** When `fireTimer` is due. */
  get deadlineMs(): number {
    return Math.min(nextDeadlineMs(this.#state), this.#neighbours.deadlineMs);
  }

  start(nowMs: number): void {
    this.#conditions = this.#place(nowMs);
    this.#handle({ kind: "startup", conditions: this.#conditions }, nowMs);
  }

  /** Ends in Initialize, with the addresses removed and the socket closed. */
  stop(nowMs: number): void {
    this.#handle({ kind: "shutdown" }, nowMs);
    this.#flows.end();
    this.#neighbours.close();
    this.#channel.close();
  }

  /** Takes settings of the same router (`isOtherRouter` says no). */
  change(settings: Settings, nowMs: number): void {
    const isSame = JSON.stringify(settings) === JSON.stringify(this.#settings);
    this.#settings = settings;
    if (!isSame) this.#handle({ kind: "settingsChanged" }, nowMs);
  }

  surround(surroundings: Surroundings, nowMs: number): void {
    this.#surroundings = surroundings;
    this.#judge(nowMs);
  }

  /** What the control channel brings. */
  tell(event: PeerEvent, nowMs: number): void {
    this.#handle(event, nowMs);
  }

  #judge(nowMs: number): void {
    const conditions = this.#place(nowMs);
    if (areSameConditions(this.#conditions, conditions)) return;
    this.#conditions = conditions;
    this.#handle({ kind: "conditionsChanged", conditions }, nowMs);
  }

  /** Handles the packets that wait. */
  receive(nowMs: number): void {
    for (let turn = 0; turn < PACKETS_PER_TURN; turn++) {
      const received = this.#channel.receive(this.#settings);
      if (received.kind === "nothing") break;
      this.#neighbours.hear();
      if (received.kind === "discarded") continue;
      this.#lastAdvertAtMs = nowMs;
      const { advert, newOddities } = received;
      for (const oddity of newOddities) this.#log("warn", "oddity", { oddity, source: advert.source });
      this.#handle({ kind: "advertReceived", advert }, nowMs);
    }
    for (const seen of this.#neighbours.receive(PACKETS_PER_TURN)) {
      if (this.#settings.addresses.some(({ address }) => address === seen.address))
        this.#handle({ kind: "addressSeen", ...seen }, nowMs);
    }
    if (this.#neighbours.takeNews()) this.#judge(nowMs);
  }

  fireTimer(nowMs: number): void {
    this.#neighbours.fireTimer(nowMs);
    if (this.#neighbours.takeNews()) this.#judge(nowMs);
    if (nowMs >= nextDeadlineMs(this.#state)) this.#handle({ kind: "timerFired" }, nowMs);
  }

  loseAddress(gone: InterfaceAddress, nowMs: number): void {
    if (this.#keeper.isKept(gone)) this.#handle({ kind: "addressLost", address: gone.address }, nowMs);
  }

  snapshot(nowMs: number): InstanceStatus {
    const state = this.#state;
    const { vrid, addresses, interfaceName } = this.#settings;
    return {
      state: STATE_NAMES[state.kind],
      sinceMs: Math.round(nowMs - state.sinceMs),
      because: state.because,
      vrid,
      interface: this.#channel.link?.name ?? interfaceName ?? "",
      priority: state.conditions.priority,
      addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
      source: state.conditions.source,
      lastAdvertMs: this.#lastAdvertAtMs === undefined ? null : Math.round(nowMs - this.#lastAdvertAtMs),
      activeAddress: state.kind === "backup" ? (state.active?.address ?? null) : null,
      ...this.#channel.counters,
    };
  }

  /** Opens the socket that the surroundings ask for; without one the router can't take part. */
  #place(nowMs: number): Conditions {
    const { placement, conditions, neighbours } = this.#surroundings;
    const placed = this.#channel.place(this.#settings, placement);
    const fault = placed.ok ? this.#neighbours.place(this.#settings, placement, neighbours, nowMs) : placed.because;
    return fault === undefined ? conditions : { ...conditions, faults: [...conditions.faults, fault] };
  }

  /** Failed effects come back as events, until nothing is left to do. */
  #handle(first: Event, nowMs: number): void {
    const events = [first];
    for (let event = events.shift(); event !== undefined; event = events.shift()) {
      const { state, effects } = step(this.#settings, this.#state, event, nowMs);
      this.#state = state;
      for (const effect of effects) {
        const failure = this.#perform(effect);
        if (failure !== undefined) events.push(failure);
      }
    }
  }

  #perform(effect: Effect): Event | undefined {
    if (effect.kind === "transition") {
      const { from, to, because } = effect;
      this.#log("info", "state", { from: STATE_NAMES[from], to: STATE_NAMES[to], because });
      return undefined;
    }
    if (effect.kind === "note") {
      this.#log(effect.level, "note", { what: effect.what });
      return undefined;
    }
    const result = this.#attempt(effect);
    return result.ok ? undefined : { kind: "effectFailed", effect: effect.kind, because: result.because };
  }

  #attempt(effect: Exclude<Effect, { kind: "transition" | "note" }>): SendResult {
    const { network, virtual } = this.#surroundings;
    // The link as it is now: a bond, for one, changes its MAC.
    const link = network.links.get(this.#channel.link?.index ?? NO_INDEX);
    switch (effect.kind) {
      case "advertise":
        return this.#channel.advertise(this.#settings, effect.priority);
      case "installAddresses":
        if (this.#isHushed) this.#endRules();
        return link === undefined ? NO_LINK : this.#keeper.install(link, this.#settings, network, virtual);
      case "renewAddresses":
        return this.#keeper.renew();
      case "removeAddresses": {
        const removed = this.#keeper.remove(this.#settings, network);
        this.#endRules();
        return removed;
      }
      case "probe":
        this.#neighbours.ask(this.#settings.addresses.map(({ address }) => address));
        return DONE;
      case "relay":
        if (link === undefined) return NO_LINK;
        this.#endRules();
        return this.#flows.relay(this.#settings, link, effect.to);
      case "endRelay":
        this.#endRules();
        return DONE;
      case "lingerAddresses": {
        const hushed = this.#flows.hush(this.#settings);
        // Addresses that go on answering ARP would be two Actives.
        if (!hushed.ok) {
          this.#keeper.remove(this.#settings, network);
          return hushed;
        }
        this.#isHushed = true;
        return this.#keeper.linger(effect.forMs);
      }
      case "announce":
        return link === undefined
          ? NO_LINK
          : announceEverywhere(this.#tools.announcer, linksOf(this.#settings, link, network));
    }
  }

  #endRules(): void {
    this.#flows.end();
    this.#isHushed = false;
  }

  #log(level: LogLine["level"], event: string, fields: Record<string, unknown>): void {
    this.#tools.report({ kind: "log", level, fields: { event, instance: this.#settings.name, ...fields } });
  }
}

const STATE_NAMES = { initialize: "Initialize", fault: "Fault", backup: "Backup", active: "Active" } as const;
/** No interface has it. */
const NO_INDEX = 0;
const DONE: SendResult = { ok: true };
const NO_LINK: SendResult = { ok: false, because: "no interface" };
