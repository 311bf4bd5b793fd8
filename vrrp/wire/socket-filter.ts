import { ICMPV6, ICMPV6_AT, NEIGHBOR_ADVERTISEMENT, NEXT_HEADER_AT, TARGET_AT } from "./neighbor-discovery.ts";

// Classic BPF, the kernel's filter for sockets (struct sock_filter):
// code 2, jump if true 1, jump if false 1, operand 4.

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, operand: number];

const INSTRUCTION_BYTES = 8;
/** X = 4 * (byte[k] & 15): the length of an IPv4 header. */
const LOAD_IPV4_HEADER_LENGTH = 0xb1;
/** A = byte[X + k] */
const LOAD_BYTE_INDIRECT = 0x50;
/** A = byte[k] */
const LOAD_BYTE = 0x30;
/** A = word[k] */
const LOAD_WORD = 0x20;
/** A == k ? */
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
/** As much of the packet as there is. */
const ALL = 0x40000;
/** Offset from which the kernel reads the network header, wherever the socket's data begins (linux/filter.h). */
const NETWORK_HEADER = -0x100000;
const IPV6_HOP_LIMIT_AT = 7;
const IPV6_DESTINATION_AT = 24;
/** First byte of every IPv6 multicast address. */
const MULTICAST_BYTE = 0xff;
const VRID_AT = 1;

/**
 * Lets only advertisements of one virtual router through, so that a noisy link can't keep the engine busy.
 *
 * For a raw IPv4 socket, whose data begins with the IP header.
 */
export function filterIpv4Vrid(vrid: number): Uint8Array {
  return encode([
    [LOAD_IPV4_HEADER_LENGTH, 0, 0, 0],
    [LOAD_BYTE_INDIRECT, 0, 0, VRID_AT],
    [JUMP_IF_EQUAL, 0, 1, vrid],
    [RETURN, 0, 0, ALL],
    [RETURN, 0, 0, 0],
  ]);
}

/**
 * The same for a raw IPv6 socket, whose data begins after the IP header.
 *
 * Destination and hop limit are checked here, because such a socket's reader does not see them (RFC 9568 5.1.2.3). Unicast peers may be a
 * router away.
 */
export function filterIpv6Vrid(vrid: number, kind: "multicast" | "unicast"): Uint8Array {
  const header: Instruction[] =
    kind === "unicast"
      ? [
          [LOAD_BYTE, 0, 0, NETWORK_HEADER + IPV6_DESTINATION_AT],
          [JUMP_IF_EQUAL, 3, 0, MULTICAST_BYTE],
        ]
      : [
          [LOAD_BYTE, 0, 0, NETWORK_HEADER + IPV6_DESTINATION_AT],
          [JUMP_IF_EQUAL, 0, 5, MULTICAST_BYTE],
          [LOAD_BYTE, 0, 0, NETWORK_HEADER + IPV6_HOP_LIMIT_AT],
          [JUMP_IF_EQUAL, 0, 3, 255],
        ];
  return encode([
    ...header,
    [LOAD_BYTE, 0, 0, VRID_AT],
    [JUMP_IF_EQUAL, 0, 1, vrid],
    [RETURN, 0, 0, ALL],
    [RETURN, 0, 0, 0],
  ]);
}

const ARP_SENDER_AT = 28;

/** Lets everything through; for a packet socket that is bound to all that is of interest. */
export function filterNothing(): Uint8Array {
  return encode([[RETURN, 0, 0, ALL]]);
}

/** Lets only ICMPv6 through; for a packet socket bound to IPv6. */
export function filterIcmpv6(): Uint8Array {
  return encode([
    [LOAD_BYTE, 0, 0, NEXT_HEADER_AT],
    [JUMP_IF_EQUAL, 1, 0, ICMPV6],
    [RETURN, 0, 0, 0],
    [RETURN, 0, 0, ALL],
  ]);
}

/** Lets only Neighbor Advertisements of these addresses through; for a packet socket bound to IPv6. */
export function filterNeighborAdvertisements(addresses: readonly Uint8Array[]): Uint8Array {
  const words = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return [0, 4, 8, 12].map((at) => [TARGET_AT + at, view.getInt32(at)] as const);
  };
  // Each address is a block; the first word that differs leads to the next one.
  const block = (bytes: Uint8Array): Instruction[] => [
    ...words(bytes).flatMap(([at, word], index): Instruction[] => [
      [LOAD_WORD, 0, 0, at],
      [JUMP_IF_EQUAL, 0, 7 - 2 * index, word],
    ]),
    [RETURN, 0, 0, ALL],
  ];
  return encode([
    [LOAD_BYTE, 0, 0, NEXT_HEADER_AT],
    [JUMP_IF_EQUAL, 1, 0, ICMPV6],
    [RETURN, 0, 0, 0],
    [LOAD_BYTE, 0, 0, ICMPV6_AT],
    [JUMP_IF_EQUAL, 1, 0, NEIGHBOR_ADVERTISEMENT],
    [RETURN, 0, 0, 0],
    ...addresses.flatMap(block),
    [RETURN, 0, 0, 0],
  ]);
}

/** Lets only ARP packets through whose sender says that it has one of these addresses; for a packet socket bound to ARP. */
export function filterArpSenders(addresses: readonly Uint8Array[]): Uint8Array {
  const words = addresses.map((bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(0));
  return encode([
    [LOAD_WORD, 0, 0, ARP_SENDER_AT],
    ...words.map((word, index): Instruction => [JUMP_IF_EQUAL, words.length - index, 0, word]),
    [RETURN, 0, 0, 0],
    [RETURN, 0, 0, ALL],
  ]);
}

const IPV4_SOURCE_AT = 12;
const IPV6_SOURCE_AT = 8;
const IPV4_BYTES = 4;
const WORD_BYTES = 4;

/** Lets only packets from these addresses through, all of one family; for a socket over IPv4 or IPv6, whatever its data begins with. */
export function filterSources(addresses: readonly Uint8Array[]): Uint8Array {
  return encode([...addresses.flatMap(passSource), [RETURN, 0, 0, 0]]);
}

/** Returns all of a packet from this address, goes on behind itself with every other. */
function passSource(address: Uint8Array): Instruction[] {
  const sourceAt = address.length === IPV4_BYTES ? IPV4_SOURCE_AT : IPV6_SOURCE_AT;
  const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
  const words = Array.from({ length: address.length / WORD_BYTES }, (_, index) => WORD_BYTES * index);
  const compared = words.flatMap((at, index): Instruction[] => [
    [LOAD_WORD, 0, 0, NETWORK_HEADER + sourceAt + at],
    [JUMP_IF_EQUAL, 0, 2 * (words.length - index) - 1, view.getInt32(at)],
  ]);
  return [...compared, [RETURN, 0, 0, ALL]];
}

function encode(program: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * INSTRUCTION_BYTES));
  for (const [index, [code, jumpTrue, jumpFalse, operand]] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jumpTrue);
    view.setUint8(at + 3, jumpFalse);
    view.setInt32(at + 4, operand, true);
  }
  return new Uint8Array(view.buffer);
}
