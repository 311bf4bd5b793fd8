import { parseMac } from "./arp.ts";
import { finishChecksum, sumPseudoHeader, sumWords } from "./checksum.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";

// Ethernet header:  destination 33:33:00:00:00:01, source, type 0x86dd
// IPv6 header:      payload length 32, next header 58, hop limit 255, the address itself → ff02::1
// ICMPv6 (RFC 4861 4.4): type 136, code 0, checksum, flags, target 16,
//                        option 2 (target link-layer address), length 1, MAC 6

const ALL_NODES = "ff02::1";
const ALL_NODES_MAC = [0x33, 0x33, 0, 0, 0, 1];
const ICMPV6 = 58;
const IPV6_AT = 14;
const ICMP_AT = 54;
const ICMP_BYTES = 32;
const HOP_LIMIT = 255;
/** Not solicited; overrides what the neighbours know. Not a router: RFC 9568 thinks of routers, a load balancer is a host. */
const OVERRIDE = 0x20;

/** Frame that tells every neighbour that an IPv6 address is at `mac` (RFC 9568 8.2.2, unsolicited Neighbor Advertisement). */
export function encodeNeighborAdvertisement(mac: string, address: string): Uint8Array {
  const frame = new Uint8Array(ICMP_AT + ICMP_BYTES);
  const view = new DataView(frame.buffer);
  const sender = parseMac(mac);
  const target = parseIpAddress(address) ?? new Uint8Array(16);
  frame.set(ALL_NODES_MAC, 0);
  frame.set(sender, 6);
  view.setUint16(12, 0x86dd);
  frame.set([0x60], IPV6_AT);
  view.setUint16(IPV6_AT + 4, ICMP_BYTES);
  frame.set([ICMPV6, HOP_LIMIT], IPV6_AT + 6);
  frame.set(target, IPV6_AT + 8);
  frame.set(parseIpAddress(ALL_NODES) ?? [], IPV6_AT + 24);
  frame.set([136, 0, 0, 0, OVERRIDE], ICMP_AT);
  frame.set(target, ICMP_AT + 8);
  frame.set([2, 1], ICMP_AT + 24);
  frame.set(sender, ICMP_AT + 26);
  const endpoints = { source: formatIpAddress(target), destination: ALL_NODES };
  const sum = sumPseudoHeader(endpoints, ICMPV6, ICMP_BYTES) + sumWords(frame.subarray(ICMP_AT));
  view.setUint16(ICMP_AT + 2, finishChecksum(sum));
  return frame;
}
