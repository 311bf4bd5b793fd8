import { type Family, parseIpAddress } from "./ip-address.ts";

// Trailer of a signed advertisement, as keepalived ≥ 2.4.2 sends it (draft-cassen-vrrp-auth-hmac):
//
//   0  extension type 1     1  key id         2  reserved, 0
//   4  seconds since 1970   8  1/65536 s     10  counter
//  12  first 16 bytes of HMAC-SHA256
//
// Signed are, one after the other: 4 or 6, version, VRID, 0, source filled up with zeros to 16 bytes;
// the message with a checksum of 0; the trailer's first 12 bytes; 16 zeros.

export const TRAILER_BYTES = 28;
/** HMAC-SHA256 with a key that both sides have. */
export type Sign = (message: Uint8Array) => Uint8Array;

/** Place of an advertisement in the order in which its sender made them: its time, in 1/65536 s since 1970, and a counter. */
export type Sequence = { readonly time: number; readonly counter: number };

export type Trailer = { readonly keyId: number; readonly sequence: Sequence; readonly signature: Uint8Array };

const EXTENSION_HMAC = 1;
const PSEUDO_BYTES = 20;
const HEAD_BYTES = 12;
const SIGNATURE_BYTES = 16;
const CHECKSUM_AT = 6;
export const TIME_UNITS_PER_SECOND = 65_536;
const SECONDS_RANGE = 2 ** 32;
const TIME_RANGE = SECONDS_RANGE * TIME_UNITS_PER_SECOND;
const COUNTER_MAX = 0xffff;

/** Undefined for bytes that are not such a trailer. */
export function decodeTrailer(bytes: Uint8Array): Trailer | undefined {
  if (bytes.length !== TRAILER_BYTES || bytes[0] !== EXTENSION_HMAC) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const time = view.getUint32(4) * TIME_UNITS_PER_SECOND + view.getUint16(8);
  const sequence = { time, counter: view.getUint16(10) };
  return { keyId: view.getUint8(1), sequence, signature: bytes.subarray(HEAD_BYTES) };
}

/** @param message  the advertisement without trailer; its checksum does not matter */
export function encodeTrailer(
  message: Uint8Array,
  family: Family,
  source: string,
  { keyId, sequence }: Pick<Trailer, "keyId" | "sequence">,
  sign: Sign,
): Uint8Array {
  const trailer = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(trailer.buffer);
  trailer.set([EXTENSION_HMAC, keyId]);
  view.setUint32(4, Math.floor(sequence.time / TIME_UNITS_PER_SECOND) % SECONDS_RANGE);
  view.setUint16(8, sequence.time % TIME_UNITS_PER_SECOND);
  view.setUint16(10, sequence.counter);
  trailer.set(sign(signedBytes(message, family, source, trailer)).subarray(0, SIGNATURE_BYTES), HEAD_BYTES);
  return trailer;
}

/** Whether a trailer was made with this key for this message from this source. Takes equally long for every wrong signature. */
export function isSignatureRight(
  message: Uint8Array,
  family: Family,
  source: string,
  trailer: Uint8Array,
  sign: Sign,
): boolean {
  const right = sign(signedBytes(message, family, source, trailer));
  let difference = 0;
  for (let at = 0; at < SIGNATURE_BYTES; at++) difference |= (right[at] ?? 0) ^ (trailer[HEAD_BYTES + at] ?? 0);
  return difference === 0;
}

/** RFC 1982: whether `a` comes after `b`, also where the seconds begin anew. */
export function isAfter(a: Sequence, b: Sequence): boolean {
  const ahead = (a.time - b.time + TIME_RANGE) % TIME_RANGE;
  return ahead === 0 ? a.counter > b.counter : ahead < TIME_RANGE / 2;
}

/** The next sequence at a time: later than the last, though the clock was set back. */
export function nextSequence(last: Sequence | undefined, time: number): Sequence {
  const now = { time, counter: 0 };
  if (last === undefined || isAfter(now, last)) return now;
  if (last.counter < COUNTER_MAX) return { time: last.time, counter: last.counter + 1 };
  return { time: (last.time + 1) % TIME_RANGE, counter: 0 };
}

/** Distance of two times, whichever is earlier. */
export function timeBetween(a: number, b: number): number {
  const ahead = (a - b + TIME_RANGE) % TIME_RANGE;
  return Math.min(ahead, TIME_RANGE - ahead);
}

function signedBytes(message: Uint8Array, family: Family, source: string, trailer: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PSEUDO_BYTES + message.length + TRAILER_BYTES);
  bytes.set([family, (message[0] ?? 0) >> 4, message[1] ?? 0, 0]);
  bytes.set(parseIpAddress(source) ?? [], 4);
  bytes.set(message, PSEUDO_BYTES);
  bytes.fill(0, PSEUDO_BYTES + CHECKSUM_AT, PSEUDO_BYTES + CHECKSUM_AT + 2);
  bytes.set(trailer.subarray(0, HEAD_BYTES), PSEUDO_BYTES + message.length);
  return bytes;
}
