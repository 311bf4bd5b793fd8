import { VRRP_PROTOCOL } from "./checksum.ts";
import { parseIpAddress } from "./ip-address.ts";
import { TTL } from "./ipv4.ts";

// 0          4                  12                       32
// | version 6 | traffic class 8 | flow label 20           |
// | payload length 16           | next header | hop limit |
// | source 16 bytes | destination 16 bytes                |

const HEADER_BYTES = 40;
/** Version 6, traffic class "internetwork control" as routing protocols use it, no flow. */
const FIRST_WORD = 0x6c000000;

/** A VRRP packet with its IPv6 header, for a socket that takes whole packets. */
export function encodeIpv6Packet(source: string, destination: string, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, FIRST_WORD);
  view.setUint16(4, payload.length);
  bytes.set([VRRP_PROTOCOL, TTL], 6);
  bytes.set(parseIpAddress(source) ?? [], 8);
  bytes.set(parseIpAddress(destination) ?? [], 24);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}
