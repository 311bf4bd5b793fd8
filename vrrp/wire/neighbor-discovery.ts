import { formatMac, parseMac } from "./arp.ts";
import { finishChecksum, sumPseudoHeader, sumWords } from "./checksum.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";

// Ethernet header:  destination 33:33 and the group's last 4 bytes, source, type 0x86dd
// IPv6 header:      payload length, next header 58, hop limit 255, source → group
// ICMPv6 (RFC 4861): type, code 0, checksum, then
//   135 solicitation   0 × 4,       target 16, option 1 (sender's link-layer address), length 1, MAC 6
//   136 advertisement  flags, 0 × 3, target 16, option 2 (target's link-layer address), length 1, MAC 6
//   128 echo request   identifier 2, sequence 2 (RFC 4443 4.1)

export const ETHERTYPE_IPV6 = 0x86dd;
export const ICMPV6 = 58;
export const NEIGHBOR_SOLICITATION = 135;
export const NEIGHBOR_ADVERTISEMENT = 136;
/** Where a frame without extension headers has the next header, the ICMPv6 type and the target of neighbour discovery. */
export const NEXT_HEADER_AT = 20;
export const ICMPV6_AT = 54;
export const TARGET_AT = 62;

const ECHO_REQUEST = 128;
const ALL_NODES = "ff02::1";
const IPV6_AT = 14;
/** RFC 4861 7.1: proves that the packet was not routed. */
const HOP_LIMIT = 255;
const DISCOVERY_BYTES = 32;
const ADDRESS_BYTES = 16;
/** Not solicited; overrides what the neighbours know. Not a router: RFC 9568 thinks of routers, a load balancer is a host. */
const OVERRIDE = 0x20;

/** What a neighbour says that it has. */
export type NeighborClaim = { readonly mac: string; readonly address: string };

/** Frame that tells every neighbour that an IPv6 address is at `mac` (RFC 9568 8.2.2, unsolicited Neighbor Advertisement). */
export function encodeNeighborAdvertisement(mac: string, address: string): Uint8Array {
  return encodeFrame(mac, address, ALL_NODES, discovery(NEIGHBOR_ADVERTISEMENT, OVERRIDE, address, 2, mac));
}

/**
 * Frame that asks who has `address` (RFC 4861 4.3).
 *
 * @param source  own address, to which the answer goes. Without one the answer would go to everyone (7.2.4) and change where the
 *   neighbours believe the address to be.
 */
export function encodeNeighborSolicitation(mac: string, source: string, address: string): Uint8Array {
  return encodeFrame(mac, source, solicitedNode(address), discovery(NEIGHBOR_SOLICITATION, 0, address, 1, mac));
}

/** Frame that asks every host of the link for a sign of life (RFC 4443 4.1). */
export function encodeEchoToAll(mac: string, source: string): Uint8Array {
  return encodeFrame(mac, source, ALL_NODES, Uint8Array.of(ECHO_REQUEST, 0, 0, 0, 0, 0, 0, 0));
}

/** Who sent an ICMPv6 packet; undefined for anything else. */
export function decodeIcmpv6Sender(frame: Uint8Array): string | undefined {
  const isIcmpv6 = frame.length > ICMPV6_AT && word(frame, 12) === ETHERTYPE_IPV6 && frame[NEXT_HEADER_AT] === ICMPV6;
  return isIcmpv6 ? formatMac(frame.subarray(6, 12)) : undefined;
}

/** What a Neighbor Advertisement claims. Its checksum is not looked at: between hosts of one machine nobody fills it in. */
export function decodeNeighborAdvertisement(frame: Uint8Array): NeighborClaim | undefined {
  const mac = decodeIcmpv6Sender(frame);
  if (mac === undefined || frame.length < TARGET_AT + ADDRESS_BYTES) return undefined;
  const isClaim =
    frame[ICMPV6_AT] === NEIGHBOR_ADVERTISEMENT &&
    frame[ICMPV6_AT + 1] === 0 &&
    frame[NEXT_HEADER_AT + 1] === HOP_LIMIT;
  if (!isClaim) return undefined;
  return { mac, address: formatIpAddress(frame.subarray(TARGET_AT, TARGET_AT + ADDRESS_BYTES)) };
}

function discovery(type: number, flags: number, target: string, option: number, mac: string): Uint8Array {
  const message = new Uint8Array(DISCOVERY_BYTES);
  message.set([type, 0, 0, 0, flags]);
  message.set(addressBytes(target), 8);
  message.set([option, 1], 24);
  message.set(parseMac(mac), 26);
  return message;
}

/** @param destination  a multicast group */
function encodeFrame(mac: string, source: string, destination: string, message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(ICMPV6_AT + message.length);
  const view = new DataView(frame.buffer);
  const group = addressBytes(destination);
  frame.set([0x33, 0x33], 0);
  frame.set(group.subarray(12), 2);
  frame.set(parseMac(mac), 6);
  view.setUint16(12, ETHERTYPE_IPV6);
  frame.set([0x60], IPV6_AT);
  view.setUint16(IPV6_AT + 4, message.length);
  frame.set([ICMPV6, HOP_LIMIT], NEXT_HEADER_AT);
  frame.set(addressBytes(source), IPV6_AT + 8);
  frame.set(group, IPV6_AT + 24);
  frame.set(message, ICMPV6_AT);
  const sum = sumPseudoHeader({ source, destination }, ICMPV6, message.length) + sumWords(message);
  view.setUint16(ICMPV6_AT + 2, finishChecksum(sum));
  return frame;
}

/** RFC 4291 2.7.1: the group in which everyone is whose address ends like this one. */
function solicitedNode(address: string): string {
  const group = addressBytes("ff02::1:ff00:0").slice();
  group.set(addressBytes(address).subarray(13), 13);
  return formatIpAddress(group);
}

function addressBytes(address: string): Uint8Array {
  return parseIpAddress(address) ?? new Uint8Array(ADDRESS_BYTES);
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
