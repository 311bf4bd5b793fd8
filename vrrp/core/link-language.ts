import { decodeArp, ETHERTYPE_ARP, encodeArpQuestion } from "../wire/arp.ts";
import { type Family, parseIpAddress } from "../wire/ip-address.ts";
import {
  decodeIcmpv6Sender,
  decodeNeighborAdvertisement,
  ETHERTYPE_IPV6,
  encodeEchoToAll,
  encodeNeighborSolicitation,
} from "../wire/neighbor-discovery.ts";
import { filterArpSenders, filterIcmpv6, filterNeighborAdvertisements, filterNothing } from "../wire/socket-filter.ts";

/** Who asks: this host's own address on the link. */
export type Asker = { readonly mac: string; readonly source: string };

/** A sign of life of another host, and the address that it says it has; null: it says nothing of one. */
export type LinkSeen = { readonly mac: string; readonly address: string | null };

/** How hosts of one link ask each other for addresses: ARP over IPv4, neighbour discovery over IPv6. */
export type LinkLanguage = {
  readonly etherType: number;
  /** Frames that make everyone answer who may be there, those with these addresses by name. */
  readonly call: (asker: Asker, addresses: readonly string[]) => Uint8Array[];
  /** Frames that ask who has these addresses, and change nobody's mind about where they are. */
  readonly probe: (asker: Asker, addresses: readonly string[]) => Uint8Array[];
  /** Undefined: nothing that is said in this language. */
  readonly decode: (frame: Uint8Array) => LinkSeen | undefined;
  /** Socket filters: all signs of life, or only those who say that they have one of these addresses. */
  readonly filterAll: () => Uint8Array;
  readonly filterClaims: (addresses: readonly string[]) => Uint8Array;
};

/** RFC 5227 2.1.1: a question that tells nobody anything. */
const NO_SOURCE = "0.0.0.0";

const arp: LinkLanguage = {
  etherType: ETHERTYPE_ARP,
  call: ({ mac, source }, addresses) => addresses.map((address) => encodeArpQuestion(mac, source, address)),
  probe: ({ mac }, addresses) => addresses.map((address) => encodeArpQuestion(mac, NO_SOURCE, address)),
  decode: (frame) => {
    const packet = decodeArp(frame);
    return packet && { mac: packet.senderMac, address: packet.senderAddress };
  },
  filterAll: filterNothing,
  filterClaims: (addresses) => filterArpSenders(bytesOf(addresses)),
};

const neighbourDiscovery: LinkLanguage = {
  etherType: ETHERTYPE_IPV6,
  call: ({ mac, source }, addresses) => [encodeEchoToAll(mac, source), ...solicit({ mac, source }, addresses)],
  probe: solicit,
  decode: (frame) => {
    const mac = decodeIcmpv6Sender(frame);
    return mac === undefined ? undefined : (decodeNeighborAdvertisement(frame) ?? { mac, address: null });
  },
  filterAll: filterIcmpv6,
  filterClaims: (addresses) => filterNeighborAdvertisements(bytesOf(addresses)),
};

export const LINK_LANGUAGES: Readonly<Record<Family, LinkLanguage>> = { 4: arp, 6: neighbourDiscovery };

function solicit({ mac, source }: Asker, addresses: readonly string[]): Uint8Array[] {
  return addresses.map((address) => encodeNeighborSolicitation(mac, source, address));
}

function bytesOf(addresses: readonly string[]): Uint8Array[] {
  return addresses.flatMap((address) => parseIpAddress(address) ?? []);
}
