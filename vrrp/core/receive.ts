import {
  type Advertisement,
  type ChecksumForm,
  type DecodeFault,
  decodeAdvertisement,
  MULTICAST_GROUP,
} from "../wire/advertisement.ts";
import { type Endpoints, VRRP_PROTOCOL } from "../wire/checksum.ts";
import { type Family, formatIpAddress } from "../wire/ip-address.ts";
import { decodeIpv4Header, TTL } from "../wire/ipv4.ts";
import { isSamePassword, type SignatureFault, type Signed } from "./authentication.ts";
import type { Settings } from "./settings.ts";
import type { HeardAdvert } from "./state.ts";

/** Why a packet is not counted as an advertisement of the virtual router. */
export type DiscardReason =
  | DecodeFault
  | "ip-header"
  | "ttl"
  | "destination"
  | "not-a-peer"
  | "own-source"
  | "other-version"
  | "other-vrid"
  | "other-authentication"
  | "other-interval"
  | SignatureFault;

/** Oddities of an accepted advertisement; worth a warning, not worth two Actives. */
export type Oddity = "other-addresses" | "other-interval";

/** What is wrong with the signature behind a message; undefined: nothing. */
export type SignatureCheck = (signed: Signed) => SignatureFault | undefined;
const unchecked: SignatureCheck = () => undefined;

export type Judgement =
  | {
      readonly ok: true;
      readonly advert: HeardAdvert;
      readonly checksumForm: ChecksumForm;
      readonly oddities: readonly Oddity[];
    }
  | { readonly ok: false; readonly reason: DiscardReason };

/** A packet as the kernel gave it. */
export type Arrival = {
  readonly family: Family;
  /** Begins with the packet, over IPv4 with its IP header; the next packet overwrites it. */
  readonly buffer: Uint8Array;
  readonly length: number;
  /** Over IPv6 the address that it came from; over IPv4 that is in the header, and this is empty. */
  readonly sender: Uint8Array;
};

/** Checks a packet of either family. */
export function receive(
  settings: Settings,
  ownSource: string,
  { family, buffer, length, sender }: Arrival,
  check?: SignatureCheck,
): Judgement {
  const bytes = buffer.subarray(0, length);
  return family === 4
    ? receiveIpv4(settings, ownSource, bytes, check)
    : receiveIpv6(settings, ownSource, formatIpAddress(sender), bytes, check);
}

/**
 * Checks a packet as a raw IPv4 socket gives it, header first, in the order of RFC 9568 7.1.
 *
 * @param ownSource  the address that this router sends from
 * @param check  what is wrong with the signature of an advertisement that is right in all else
 */
export function receiveIpv4(
  settings: Settings,
  ownSource: string,
  packet: Uint8Array,
  check: SignatureCheck = unchecked,
): Judgement {
  const discard = (reason: DiscardReason): Judgement => ({ ok: false, reason });
  const decoded = decodeIpv4Header(packet);
  if (!decoded.ok || decoded.header.protocol !== VRRP_PROTOCOL) return discard("ip-header");
  const { source, destination, ttl, payloadStart, payloadEnd } = decoded.header;
  const isUnicast = settings.peers.length > 0;
  // RFC 9568 5.1.1.3: a packet that was routed is not from this link. Unicast peers may be a router away.
  if (!isUnicast && ttl !== TTL) return discard("ttl");
  if ((destination === MULTICAST_GROUP[4]) === isUnicast) return discard("destination");
  if (source === ownSource) return discard("own-source");
  return judge(settings, { source, destination }, packet.subarray(payloadStart, payloadEnd), check);
}

/** The same of what a raw IPv6 socket gives: no header, which its filter has already checked (socket-filter.ts). */
export function receiveIpv6(
  settings: Settings,
  ownSource: string,
  source: string,
  payload: Uint8Array,
  check: SignatureCheck = unchecked,
): Judgement {
  if (source === ownSource) return { ok: false, reason: "own-source" };
  // RFC 9568 5.1.2.2: the filter lets nothing but the group, or nothing but own addresses, through.
  const destination = settings.peers.length > 0 ? ownSource : MULTICAST_GROUP[6];
  return judge(settings, { source, destination }, payload, check);
}

/** What does not depend on the packet's header. */
function judge(settings: Settings, endpoints: Endpoints, payload: Uint8Array, check: SignatureCheck): Judgement {
  const discard = (reason: DiscardReason): Judgement => ({ ok: false, reason });
  const { source } = endpoints;
  if (settings.peers.length > 0 && !settings.peers.includes(source)) return discard("not-a-peer");
  const advertisement = decodeAdvertisement(payload, settings.family, endpoints);
  if (!advertisement.ok) return discard(advertisement.reason);
  const reason = compareSettings(settings, advertisement.value);
  if (reason !== undefined) return discard(reason);
  const { trailer } = advertisement;
  const message = payload.subarray(0, payload.length - trailer.length);
  const fault = check({ family: settings.family, source, message, trailer });
  if (fault !== undefined) return discard(fault);
  const { priority, intervalMs } = advertisement.value;
  return {
    ok: true,
    advert: { source, priority, intervalMs },
    checksumForm: advertisement.checksumForm,
    oddities: findOddities(settings, advertisement.value),
  };
}

function compareSettings(settings: Settings, heard: Advertisement): DiscardReason | undefined {
  if (heard.version !== settings.version) return "other-version";
  if (heard.vrid !== settings.vrid) return "other-vrid";
  if (!isSameAuthentication(settings.authentication, heard.authentication)) return "other-authentication";
  // RFC 3768 7.1: in version 2 the intervals must be equal. RFC 9568 7.1: in version 3 the Active's counts.
  if (settings.version === 2 && heard.intervalMs !== settings.advertIntervalMs) return "other-interval";
  return undefined;
}

/** RFC 2338 7.1: type and password must be the same. A signature is not in the message, but behind it. */
function isSameAuthentication(own: Settings["authentication"], heard: Advertisement["authentication"]): boolean {
  if (own.kind !== "password") return heard.kind === "none";
  return heard.kind === "password" && isSamePassword(own.password, heard.password);
}

/** RFC 9568 7.1: the addresses may be compared. Discarding would make two Actives while a change of addresses is rolled out. */
function findOddities(settings: Settings, heard: Advertisement): Oddity[] {
  const oddities: Oddity[] = [];
  const own = settings.addresses.map(({ address }) => address);
  const isSame = own.length === heard.addresses.length && own.every((address) => heard.addresses.includes(address));
  if (!isSame) oddities.push("other-addresses");
  if (heard.intervalMs !== settings.advertIntervalMs) oddities.push("other-interval");
  return oddities;
}
