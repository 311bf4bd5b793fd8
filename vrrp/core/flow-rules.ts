import type { Family } from "../wire/ip-address.ts";
import { ICMPV6, NEIGHBOR_ADVERTISEMENT, NEIGHBOR_SOLICITATION } from "../wire/neighbor-discovery.ts";
import {
  accept,
  bitsAre,
  bytesAre,
  copyTo,
  drop,
  type Expression,
  ipBytes,
  isRemembered,
  isTakenBy,
  type KeyPart,
  keyBytes,
  protocolIs,
  remember,
} from "../wire/nft-expressions.ts";
import type { Chain, KeySet, TableFamily } from "../wire/nftables.ts";
import type { Settings } from "./settings.ts";

// What the packet filter does while connections go on where they began. The new Active gets all packets and passes on those of
// connections that did not begin there. The old one keeps the addresses, and no neighbour hears of it.

/** A table of rules, all of which come and go together. */
export type Table = {
  readonly family: TableFamily;
  readonly name: string;
  readonly sets: readonly KeySet[];
  readonly chains: readonly Chain[];
};

const TCP = 6;
const TCP_PORTS_AT = 0;
const TCP_PORTS_BYTES = 4;
const TCP_FLAGS_AT = 13;
const SYN = 0x02;
const ADDRESS_BYTES: Readonly<Record<Family, number>> = { 4: 4, 6: 16 };
const IP_FAMILY: Readonly<Record<Family, TableFamily>> = { 4: "ip", 6: "ip6" };
/** Offsets of source and destination in the IP header. */
const SOURCE_AT: Readonly<Record<Family, number>> = { 4: 12, 6: 8 };
const DESTINATION_AT: Readonly<Record<Family, number>> = { 4: 16, 6: 24 };
/** Of sender and target in an ARP packet, and of the target in an ICMPv6 message of neighbour discovery. */
const ARP_SENDER_AT = 14;
const ARP_TARGET_AT = 24;
const DISCOVERY_TARGET_AT = 8;

/** Connections whose handshake has begun here, by both ends' addresses and ports. */
const BEGUN = "begun";
/** Until its handshake is over a connection is not yet one of this host's; a lost packet of it is repeated after a second, then three. */
const HANDSHAKE_MS_MAX = 10_000;
/** A flood of handshakes that are never completed may take 10 MB, and no more. */
const HANDSHAKES_MAX = 100_000;

/**
 * On the new Active: what did not begin here is passed on to `to`.
 *
 * Whether this host has a socket for a packet does not tell: one that was Active a minute ago still has connections in TIME-WAIT, and a
 * client that takes such a port again for a connection to `to` would be answered here, in words that mean nothing to it.
 */
export function relayTable(
  { name, family, addresses }: Settings,
  { index }: { readonly index: number },
  to: string,
): Table {
  const connection: readonly KeyPart[] = [
    ["network", SOURCE_AT[family], 2 * ADDRESS_BYTES[family]],
    ["transport", TCP_PORTS_AT, TCP_PORTS_BYTES],
  ];
  const rules = addresses.flatMap(({ address }) => {
    const isFor = [...protocolIs(TCP), ...bytesAre("network", DESTINATION_AT[family], ipBytes(address))];
    const isFirst = [...isFor, ...bitsAre("transport", TCP_FLAGS_AT, SYN, SYN)];
    const isLater = [...isFor, ...bitsAre("transport", TCP_FLAGS_AT, SYN, 0)];
    return [
      [...isFirst, ...remember(connection, BEGUN), accept()],
      [...isLater, ...isRemembered(connection, BEGUN), accept()],
      [...isLater, ...isTakenBy("connection"), accept()],
      [...isLater, ...copyTo(to, index), drop()],
    ];
  });
  const begun = { name: BEGUN, keyBytes: keyBytes(connection), keysMax: HANDSHAKES_MAX, keptMs: HANDSHAKE_MS_MAX };
  return { family: IP_FAMILY[family], name: `lbpair-relay-${name}`, sets: [begun], chains: [{ at: "ip-in", rules }] };
}

/** On the old Active: nobody is told of the addresses, whoever asks and whatever this host itself wants to know. */
export function hushTable({ name, family, addresses }: Settings): Table {
  const hushed = addresses.map(({ address }) => ipBytes(address));
  const silence = (rule: (address: Uint8Array) => Expression[]) => hushed.map((address) => [...rule(address), drop()]);
  const about = { name: `lbpair-hush-${name}`, sets: [] };
  if (family === 4) {
    const isIn = (offset: number) => (address: Uint8Array) => bytesAre("network", offset, address);
    return {
      ...about,
      family: "arp",
      chains: [
        { at: "arp-in", rules: silence(isIn(ARP_TARGET_AT)) },
        { at: "arp-out", rules: silence(isIn(ARP_SENDER_AT)) },
      ],
    };
  }
  const isAbout = (type: number) => (address: Uint8Array) => [
    ...isDiscovery(type),
    ...bytesAre("transport", DISCOVERY_TARGET_AT, address),
  ];
  const isFrom = (address: Uint8Array) => [
    ...isDiscovery(NEIGHBOR_SOLICITATION),
    ...bytesAre("network", SOURCE_AT[6], address),
  ];
  return {
    ...about,
    family: "ip6",
    chains: [
      { at: "ip-in", rules: silence(isAbout(NEIGHBOR_SOLICITATION)) },
      { at: "ip-out", rules: [...silence(isAbout(NEIGHBOR_ADVERTISEMENT)), ...silence(isFrom)] },
    ],
  };
}

function isDiscovery(type: number): Expression[] {
  return [...protocolIs(ICMPV6), ...bytesAre("transport", 0, Uint8Array.of(type))];
}
