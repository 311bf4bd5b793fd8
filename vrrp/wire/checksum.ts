import { parseIpAddress } from "./ip-address.ts";

/** IP protocol number of VRRP. */
export const VRRP_PROTOCOL = 112;

/** Source and destination of a packet, as a pseudo-header sees them. */
export type Endpoints = { readonly source: string; readonly destination: string };

/**
 * Ones' complement sum of 16-bit words (RFC 1071), unfolded: add further sums, then {@link finishChecksum}.
 *
 * An odd last byte counts as the high half of a word.
 */
export function sumWords(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
  return sum;
}

/** The checksum field that belongs to a sum. Over data that already holds a right checksum the result is 0. */
export function finishChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/**
 * Sum of the pseudo-header of a packet of `length` bytes and protocol `protocol`.
 *
 * ```
 * IPv4 (RFC 5798 5.2.8, RFC 793 3.1)     IPv6 (RFC 8200 8.1)
 * source            4                    source             16
 * destination       4                    destination        16
 * 0, protocol       2                    length              4
 * length            2                    0, 0, 0, protocol   4
 * ```
 * As sums of words the two layouts are the same.
 */
export function sumPseudoHeader({ source, destination }: Endpoints, protocol: number, length: number): number {
  return sumAddress(source) + sumAddress(destination) + protocol + length;
}

function sumAddress(address: string): number {
  return sumWords(parseIpAddress(address) ?? new Uint8Array());
}
