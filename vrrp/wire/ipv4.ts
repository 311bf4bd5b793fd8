import { finishChecksum, sumWords, VRRP_PROTOCOL } from "./checksum.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";

/** What matters of an IPv4 header to a VRRP router. */
export type Ipv4Header = {
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly protocol: number;
  /** Where the payload begins and ends in the bytes given. */
  readonly payloadStart: number;
  readonly payloadEnd: number;
};

export type Ipv4Decoded =
  | { readonly ok: true; readonly header: Ipv4Header }
  | { readonly ok: false; readonly reason: "ip-header" };

export const IPV4_HEADER_BYTES = 20;
/** RFC 9568 5.1.1.3: proves that the packet was not routed. */
export const TTL = 255;
/** Precedence "internetwork control", as routing protocols use it. */
const TYPE_OF_SERVICE = 0xc0;

// 0        1        2                 4                 6
// | 4|IHL  | TOS    | total length    | identification  | flags, fragment
// | TTL    | protocol | checksum      | source          |
// | destination     | options, IHL - 5 words …

/** Header of an IPv4 packet, options included. The kernel has already checked its checksum and put fragments together. */
export function decodeIpv4Header(bytes: Uint8Array): Ipv4Decoded {
  const payloadStart = 4 * ((bytes[0] ?? 0) & 0x0f);
  const payloadEnd = word(bytes, 2);
  const isWhole =
    bytes.length >= IPV4_HEADER_BYTES &&
    (bytes[0] ?? 0) >> 4 === 4 &&
    payloadStart >= IPV4_HEADER_BYTES &&
    payloadEnd >= payloadStart &&
    payloadEnd <= bytes.length;
  if (!isWhole) return { ok: false, reason: "ip-header" };
  const header = {
    source: formatIpAddress(bytes.subarray(12, 16)),
    destination: formatIpAddress(bytes.subarray(16, 20)),
    ttl: bytes[8] ?? 0,
    protocol: bytes[9] ?? 0,
    payloadStart,
    payloadEnd,
  };
  return { ok: true, header };
}

/**
 * A VRRP packet with its IPv4 header, for a socket that takes whole packets.
 *
 * @param identification  1..65535, different for successive packets
 */
export function encodeIpv4Packet(
  source: string,
  destination: string,
  identification: number,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(IPV4_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint8(1, TYPE_OF_SERVICE);
  view.setUint16(2, bytes.length);
  view.setUint16(4, identification);
  view.setUint8(8, TTL);
  view.setUint8(9, VRRP_PROTOCOL);
  bytes.set(parseIpAddress(source) ?? [], 12);
  bytes.set(parseIpAddress(destination) ?? [], 16);
  view.setUint16(10, finishChecksum(sumWords(bytes.subarray(0, IPV4_HEADER_BYTES))));
  bytes.set(payload, IPV4_HEADER_BYTES);
  return bytes;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
