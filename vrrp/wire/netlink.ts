// The kernel's netlink framing (RFC 3549). All in the host's byte order.
//
// message:    length 4, type 2, flags 2, sequence 4, port 4, body …, to a multiple of 4
// attribute:  length 2, type 2, value …, to a multiple of 4

export type NetlinkMessage = {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
};

export type Attribute = readonly [type: number, value: Uint8Array];

const HEADER_BYTES = 16;
const TYPE_AT = 4;
const SEQUENCE_AT = 8;
export const NLMSG_ERROR = 2;
const ATTRIBUTE_HEADER_BYTES = 4;

/** Messages of one datagram; what is cut off or contradicts itself ends the list. */
export function decodeNetlinkMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > bytes.length) break;
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      body: bytes.subarray(at + HEADER_BYTES, at + length),
    });
    at += align(length);
  }
  return messages;
}

/** One message; `body` is the fixed part, attributes follow it. */
export function encodeNetlinkMessage(message: NetlinkMessage, attributes: readonly Attribute[]): Uint8Array {
  const size = attributes.reduce((sum, [, value]) => sum + align(ATTRIBUTE_HEADER_BYTES + value.length), 0);
  const start = HEADER_BYTES + align(message.body.length);
  const bytes = new Uint8Array(start + size);
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, message.type, true);
  view.setUint16(6, message.flags, true);
  view.setUint32(8, message.sequence, true);
  bytes.set(message.body, HEADER_BYTES);
  let at = start;
  for (const [type, value] of attributes) {
    view.setUint16(at, ATTRIBUTE_HEADER_BYTES + value.length, true);
    view.setUint16(at + 2, type, true);
    bytes.set(value, at + ATTRIBUTE_HEADER_BYTES);
    at += align(ATTRIBUTE_HEADER_BYTES + value.length);
  }
  return bytes;
}

/** Gives an encoded message its number in the sequence of those that were sent. */
export function numberMessage(message: Uint8Array, sequence: number): void {
  for (let at = 0; at < 4; at++) message[SEQUENCE_AT + at] = sequence >>> (8 * at);
}

/** Result in a datagram that is the kernel's answer to the order of this number, negative when it failed; undefined: it is not. */
export function decodeAnswer(datagram: DataView, sequence: number): number | undefined {
  if (datagram.getUint16(TYPE_AT, true) !== NLMSG_ERROR) return undefined;
  if (datagram.getUint32(SEQUENCE_AT, true) !== sequence) return undefined;
  return datagram.getInt32(HEADER_BYTES, true);
}

/** Attributes by type; of several with one type, the last. */
export function decodeAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const view = viewOf(bytes);
  const attributes = new Map<number, Uint8Array>();
  for (let at = 0; at + ATTRIBUTE_HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > bytes.length) break;
    attributes.set(view.getUint16(at + 2, true), bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length));
    at += align(length);
  }
  return attributes;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function align(length: number): number {
  return (length + 3) & ~3;
}
