import type { InstanceStatus } from "../../config/status.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { Signatures, type Signed } from "../core/authentication.ts";
import type { Placement } from "../core/network.ts";
import { type Arrival, type Judgement, type Oddity, receive } from "../core/receive.ts";
import { ReceiveMemo } from "../core/receive-memo.ts";
import type { Settings } from "../core/settings.ts";
import type { HeardAdvert } from "../core/state.ts";
import type { SteadyClock } from "../core/steady-clock.ts";
import { type ChecksumForm, encodeAdvertisement, encodeMessage, MULTICAST_GROUP } from "../wire/advertisement.ts";
import type { Link } from "../wire/rtnetlink.ts";
import { type AdvertSocket, openAdvertSocket, type Packed, SENT, type SendResult } from "./advert-socket.ts";
import { openAdvertSocket6 } from "./advert-socket6.ts";
import { readTimes } from "./times.ts";

/** A packet's fate: an advertisement that counts, one that doesn't, or nothing left to read. */
export type Received = HeardAdvert | "discarded" | "nothing";

type Counters = Pick<
  InstanceStatus,
  | "advertsSent"
  | "resignationsSent"
  | "advertsReceived"
  | "resignationsReceived"
  | "advertsDiscarded"
  | "oddities"
  | "checksumForm"
>;

/** Sent until something was heard whose form can be mirrored: what most implementations send. */
const FIRST_FORM: ChecksumForm = "pseudo-header";
const NO_INTERFACE: SendResult = { ok: false, because: "no interface to send from" };
const NONE: readonly Oddity[] = [];

/** An advert ready to be sent to everyone, and what it was made from. */
type Prepared = {
  readonly socket: AdvertSocket;
  readonly settings: Settings;
  readonly priority: number;
  readonly source: string;
  readonly form: ChecksumForm;
  readonly packets: readonly Packed[];
};

/** The advertisements of one virtual router: its socket, what was learned of the other side, and the counts. */
export class AdvertChannel {
  readonly #libc: Libc;
  #socket: AdvertSocket | undefined;
  /** The last known, so that a router that has just lost its conditions can still say so. */
  #source = "";
  #heardForm: ChecksumForm | null = null;
  #prepared: Prepared | undefined;
  readonly #memo = new ReceiveMemo();
  readonly #signatures: Signatures;
  readonly #counts = { advertsSent: 0, resignationsSent: 0, advertsReceived: 0, resignationsReceived: 0 };
  readonly #discarded: Record<string, number> = {};
  readonly #oddities: Record<string, number> = {};
  #newOddities: readonly Oddity[] = NONE;

  constructor(libc: Libc, clock: SteadyClock) {
    this.#libc = libc;
    this.#signatures = new Signatures(clock);
  }

  /** Undefined while no socket is open. */
  get fd(): number | undefined {
    return this.#socket?.fd;
  }

  get link(): Link | undefined {
    return this.#socket?.link;
  }

  get counters(): Counters {
    return {
      ...this.#counts,
      advertsDiscarded: { ...this.#discarded },
      oddities: { ...this.#oddities },
      checksumForm: this.#heardForm,
    };
  }

  /** A socket belongs to an interface: another interface, or the same one created anew, needs another socket. */
  place(settings: Settings, placement: Placement): SendResult {
    if (!placement.ok) return SENT;
    this.#source = placement.source;
    if (this.#socket?.link.index === placement.link.index) return SENT;
    this.close();
    try {
      const kind = settings.peers.length > 0 ? "unicast" : "multicast";
      const open = settings.family === 4 ? openAdvertSocket : openAdvertSocket6;
      this.#socket = open(this.#libc, placement.link, settings.vrid, kind);
      return SENT;
    } catch (error) {
      // An interface may go while its socket is being opened, so this is not the end of the engine.
      return { ok: false, because: `interface ${placement.link.name}: ${(error as Error).message}` };
    }
  }

  advertise(settings: Settings, priority: number): SendResult {
    const socket = this.#socket;
    if (socket === undefined || this.#source === "") return NO_INTERFACE;
    let result = SENT;
    for (const packet of this.#prepare(socket, settings, priority)) {
      const sent = socket.send(packet);
      if (!sent.ok) result = sent;
    }
    if (result.ok) this.#counts.advertsSent += 1;
    if (result.ok && priority === 0) this.#counts.resignationsSent += 1;
    return result;
  }

  /** An Active says the same again and again: that is encoded once. Of signed adverts no two are the same. */
  #prepare(socket: AdvertSocket, settings: Settings, priority: number): readonly Packed[] {
    const source = this.#source;
    const form = settings.checksum === "auto" ? (this.#heardForm ?? FIRST_FORM) : settings.checksum;
    const last = this.#prepared;
    const isSame =
      last !== undefined &&
      last.socket === socket &&
      last.settings === settings &&
      last.priority === priority &&
      last.source === source &&
      last.form === form;
    if (isSame && settings.authentication.kind !== "hmac") return last.packets;
    const packets = this.#pack(socket, settings, priority, form);
    this.#prepared = { socket, settings, priority, source, form, packets };
    return packets;
  }

  #pack(socket: AdvertSocket, settings: Settings, priority: number, form: ChecksumForm): readonly Packed[] {
    const { version, vrid, family, advertIntervalMs: intervalMs, peers, authentication: own } = settings;
    const source = this.#source;
    const addresses = settings.addresses.map(({ address }) => address);
    const authentication = own.kind === "password" ? own : ({ kind: "none" } as const);
    const value = { version, vrid, priority, intervalMs, addresses, authentication };
    // One signature for all peers: the destination is not part of it.
    const trailer =
      own.kind === "hmac"
        ? this.#signatures.sign(own, encodeMessage(value, family), family, source, readTimes())
        : undefined;
    const destinations = peers.length > 0 ? peers : [MULTICAST_GROUP[family]];
    return destinations.map((destination) =>
      socket.pack(source, destination, encodeAdvertisement(value, family, { source, destination }, form, trailer)),
    );
  }

  receive(settings: Settings): Received {
    const arrival = this.#socket?.receive();
    if (arrival === undefined) return "nothing";
    const judgement = this.#judge(settings, arrival);
    if (!judgement.ok) {
      count(this.#discarded, judgement.reason);
      return "discarded";
    }
    const { advert, oddities } = judgement;
    this.#counts.advertsReceived += 1;
    if (advert.priority === 0) this.#counts.resignationsReceived += 1;
    this.#heardForm = judgement.checksumForm;
    if (oddities.length > 0) this.#note(oddities);
    return advert;
  }

  /** Oddities of the adverts received since the last call, each only once in a lifetime: whoever sends one goes on with it. */
  takeNewOddities(): readonly Oddity[] {
    const taken = this.#newOddities;
    this.#newOddities = NONE;
    return taken;
  }

  #note(oddities: readonly Oddity[]): void {
    const fresh = oddities.filter((oddity) => this.#oddities[oddity] === undefined);
    this.#newOddities = [...this.#newOddities, ...fresh];
    for (const oddity of oddities) count(this.#oddities, oddity);
  }

  #judge(settings: Settings, arrival: Arrival): Judgement {
    if (settings.authentication.kind !== "hmac") return this.#memo.judge(settings, this.#source, arrival);
    const check = (signed: Signed) => this.#signatures.check(settings.authentication, signed, readTimes());
    return receive(settings, this.#source, arrival, check);
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}
