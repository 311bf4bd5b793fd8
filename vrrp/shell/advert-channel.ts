import type { InstanceStatus } from "../../config/status.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { Signatures, type Signed } from "../core/authentication.ts";
import type { Placement } from "../core/network.ts";
import { type Judgement, type Oddity, receiveIpv4, receiveIpv6 } from "../core/receive.ts";
import { ReceiveMemo } from "../core/receive-memo.ts";
import type { Settings } from "../core/settings.ts";
import type { HeardAdvert } from "../core/state.ts";
import { type ChecksumForm, encodeAdvertisement, encodeMessage, MULTICAST_GROUP } from "../wire/advertisement.ts";
import type { Link } from "../wire/rtnetlink.ts";
import { type AdvertSocket, openAdvertSocket, type Packet, type SendResult } from "./advert-socket.ts";
import { openAdvertSocket6 } from "./advert-socket6.ts";

/** A packet's fate: an advertisement that counts, one that doesn't, or nothing left to read. */
export type Received =
  | { readonly kind: "advert"; readonly advert: HeardAdvert; readonly newOddities: readonly Oddity[] }
  | { readonly kind: "discarded" }
  | { readonly kind: "nothing" };

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
const DONE: SendResult = { ok: true };

/** The advertisements of one virtual router: its socket, what was learned of the other side, and the counts. */
export class AdvertChannel {
  readonly #libc: Libc;
  #socket: AdvertSocket | undefined;
  /** The last known, so that a router that has just lost its conditions can still say so. */
  #source = "";
  #heardForm: ChecksumForm | null = null;
  readonly #memo = new ReceiveMemo();
  readonly #signatures = new Signatures();
  readonly #counts = { advertsSent: 0, resignationsSent: 0, advertsReceived: 0, resignationsReceived: 0 };
  readonly #discarded: Record<string, number> = {};
  readonly #oddities: Record<string, number> = {};

  constructor(libc: Libc) {
    this.#libc = libc;
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
    if (!placement.ok) return DONE;
    this.#source = placement.source;
    if (this.#socket?.link.index === placement.link.index) return DONE;
    this.close();
    try {
      const kind = settings.peers.length > 0 ? "unicast" : "multicast";
      const open = settings.family === 4 ? openAdvertSocket : openAdvertSocket6;
      this.#socket = open(this.#libc, placement.link, settings.vrid, kind);
      return DONE;
    } catch (error) {
      // An interface may go while its socket is being opened, so this is not the end of the engine.
      return { ok: false, because: `interface ${placement.link.name}: ${(error as Error).message}` };
    }
  }

  advertise(settings: Settings, priority: number): SendResult {
    const socket = this.#socket;
    const source = this.#source;
    if (socket === undefined || source === "") return { ok: false, because: "no interface to send from" };
    const { version, vrid, family, advertIntervalMs: intervalMs, peers } = settings;
    const addresses = settings.addresses.map(({ address }) => address);
    const { authentication: own } = settings;
    const authentication = own.kind === "password" ? own : ({ kind: "none" } as const);
    const value = { version, vrid, priority, intervalMs, addresses, authentication };
    // One signature for all peers: the destination is not part of it.
    const trailer =
      own.kind === "hmac"
        ? this.#signatures.sign(own, encodeMessage(value, family), family, source, Date.now())
        : undefined;
    const form = settings.checksum === "auto" ? (this.#heardForm ?? FIRST_FORM) : settings.checksum;
    let result = DONE;
    for (const destination of peers.length > 0 ? peers : [MULTICAST_GROUP[family]]) {
      const sent = socket.send(
        source,
        destination,
        encodeAdvertisement(value, family, { source, destination }, form, trailer),
      );
      if (!sent.ok) result = sent;
    }
    if (result.ok) this.#counts.advertsSent += 1;
    if (result.ok && priority === 0) this.#counts.resignationsSent += 1;
    return result;
  }

  receive(settings: Settings): Received {
    const packet = this.#socket?.receive();
    if (packet === undefined) return { kind: "nothing" };
    const judgement = this.#judge(settings, packet);
    if (!judgement.ok) {
      count(this.#discarded, judgement.reason);
      return { kind: "discarded" };
    }
    const { advert, oddities } = judgement;
    this.#counts.advertsReceived += 1;
    if (advert.priority === 0) this.#counts.resignationsReceived += 1;
    this.#heardForm = judgement.checksumForm;
    // Whoever sends an oddity sends it ten times a second; the log has it once.
    const newOddities = oddities.filter((oddity) => this.#oddities[oddity] === undefined);
    for (const oddity of oddities) count(this.#oddities, oddity);
    return { kind: "advert", advert, newOddities };
  }

  #judge(settings: Settings, packet: Packet): Judgement {
    if (packet.family === 4 && settings.authentication.kind !== "hmac")
      return this.#memo.judge(settings, this.#source, packet.bytes);
    const check = (signed: Signed) => this.#signatures.check(settings.authentication, signed, Date.now());
    return packet.family === 4
      ? receiveIpv4(settings, this.#source, packet.bytes, check)
      : receiveIpv6(settings, this.#source, packet.source, packet.payload, check);
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}
