import type { Libc } from "../../daemon/ffi/libc.ts";
import type { HostNetwork, Placement } from "../core/network.ts";
import type { Settings } from "../core/settings.ts";
import type { Conditions, Effect } from "../core/state.ts";
import type { SteadyClock } from "../core/steady-clock.ts";
import type { InterfaceAddress } from "../wire/rtnetlink.ts";
import { type AddressKeeper, linksOf, openAddressKeeper } from "./address-keeper.ts";
import type { AdvertChannel } from "./advert-channel.ts";
import type { SendResult } from "./advert-socket.ts";
import { type Announcer, announceEverywhere } from "./announcer.ts";
import type { LogLine } from "./engine-messages.ts";
import type { FilterSocket } from "./filter-socket.ts";
import { type FlowKeeper, openFlowKeeper } from "./flow-keeper.ts";
import type { Neighbours } from "./neighbours.ts";
import type { RouteSocket } from "./route-socket.ts";

/** What all virtual routers of a host share. */
export type RouterTools = {
  readonly libc: Libc;
  readonly route: RouteSocket;
  readonly announcer: Announcer;
  readonly filter: FilterSocket;
  /** By which signatures go. */
  readonly clock: SteadyClock;
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

/** What is done to the world; the rest of the effects is only said. */
export type Deed = Exclude<Effect, { kind: "transition" | "note" }>;

/** Does what the machine of one virtual router says. */
export class RouterHands {
  readonly #announcer: Announcer;
  readonly #channel: AdvertChannel;
  readonly #neighbours: Neighbours;
  readonly #keeper: AddressKeeper;
  readonly #flows: FlowKeeper;
  #isHushed = false;
  #announcementsSent = 0;

  constructor({ announcer, route, filter }: RouterTools, channel: AdvertChannel, neighbours: Neighbours) {
    this.#announcer = announcer;
    this.#channel = channel;
    this.#neighbours = neighbours;
    this.#keeper = openAddressKeeper(route);
    this.#flows = openFlowKeeper(filter);
  }

  /** Whether an address that disappeared is one that should be there. */
  isKept(gone: InterfaceAddress): boolean {
    return this.#keeper.isKept(gone);
  }

  get announcementsSent(): number {
    return this.#announcementsSent;
  }

  attempt(effect: Deed, settings: Settings, { network, virtual }: Surroundings): SendResult {
    if (settings.isExternal && EXTERNAL.has(effect.kind)) return DONE;
    // The link as it is now: a bond, for one, changes its MAC.
    const link = network.links.get(this.#channel.link?.index ?? NO_INDEX);
    switch (effect.kind) {
      case "advertise":
        return this.#channel.advertise(settings, effect.priority);
      case "installAddresses":
        if (this.#isHushed) this.endRules();
        return link === undefined ? NO_LINK : this.#keeper.install(link, settings, network, virtual);
      case "renewAddresses":
        return this.#keeper.renew();
      case "removeAddresses": {
        const removed = this.#keeper.remove(settings, network);
        this.endRules();
        return removed;
      }
      case "probe":
        this.#neighbours.ask(settings.addresses.map(({ address }) => address));
        return DONE;
      case "relay":
        if (link === undefined) return NO_LINK;
        this.endRules();
        return this.#flows.relay(settings, link, effect.to);
      case "endRelay":
        this.endRules();
        return DONE;
      case "lingerAddresses": {
        const hushed = this.#flows.hush(settings);
        // Addresses that go on answering for themselves would be two Actives.
        if (!hushed.ok) {
          this.#keeper.remove(settings, network);
          return hushed;
        }
        this.#isHushed = true;
        return this.#keeper.linger(effect.forMs);
      }
      case "announce": {
        if (link === undefined) return NO_LINK;
        const { frames, because } = announceEverywhere(this.#announcer, linksOf(settings, link, network));
        this.#announcementsSent += frames;
        return because === undefined ? DONE : { ok: false, because };
      }
    }
  }

  /** Packet filter rules of a planned switchover. */
  endRules(): void {
    this.#flows.end();
    this.#isHushed = false;
  }
}

/** What others do where the addresses are external; asking the link for them would find the provider's answer. */
const EXTERNAL: ReadonlySet<Deed["kind"]> = new Set([
  "installAddresses",
  "renewAddresses",
  "removeAddresses",
  "announce",
  "probe",
]);
/** No interface has it. */
const NO_INDEX = 0;
const DONE: SendResult = { ok: true };
const NO_LINK: SendResult = { ok: false, because: "no interface" };
