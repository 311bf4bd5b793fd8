import { type AddressBytes, decodeAddress, encodeAddress, isMapped } from "./address.ts";

// Who a connection is from, told by a proxy in front before anything else (HAProxy's PROXY protocol, versions 1 and 2).
//
//     1  PROXY TCP4 192.0.2.1 192.0.2.9 4711 443\r\n                  one line of at most 107 octets
//     2  signature 12 | version, command 1 | family, transport 1 | length 2 | source, destination, TLVs

/** One end of a connection. */
export type Endpoint = { readonly address: string; readonly port: number };

/** Why octets are no such header. */
export type ProxyHeaderFault =
  | "noProxyHeader"
  | "badProxyLine"
  | "badProxyVersion"
  | "badProxyCommand"
  | "badProxyFamily"
  | "badProxyLength"
  | "badProxyTlv";

export type ProxyHeader =
  | { readonly kind: "needMore" }
  /** `source`: undefined when it is the sender's own connection, a check for instance, or it does not know. */
  | { readonly kind: "header"; readonly length: number; readonly source: Endpoint | undefined }
  | { readonly kind: "unreadable"; readonly because: ProxyHeaderFault };

const SIGNATURE_2 = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const SIGNATURE_1 = Uint8Array.from("PROXY ", (character) => character.charCodeAt(0));
const HEAD_BYTES_2 = 16;
const LINE_BYTES_MAX = 107;
/** Octets behind the head of version 2: the protocol allows 64 KiB, senders use some hundred. */
const REST_BYTES_MAX = 4_096;
const NEED_MORE: ProxyHeader = { kind: "needMore" };

const unreadable = (because: ProxyHeaderFault): ProxyHeader => ({ kind: "unreadable", because });

/**
 * Header at the front of what has come so far.
 *
 * @param bytes  everything since the beginning of the connection
 */
export function decodeProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (startsLike(bytes, SIGNATURE_2)) return bytes.length < HEAD_BYTES_2 ? headSoFar(bytes) : decodeVersion2(bytes);
  if (!startsLike(bytes, SIGNATURE_1)) return unreadable("noProxyHeader");
  return decodeVersion1(bytes);
}

/**
 * Header of version 2 for a connection over TCP.
 *
 * @param destination  what the source connected to
 * @returns one that names neither when one of the addresses can't be read
 */
export function encodeProxyHeader(source: Endpoint, destination: Endpoint): Uint8Array {
  const from = decodeAddress(source.address);
  const to = decodeAddress(destination.address);
  if (from === undefined || to === undefined) return encodeLocalHeader();
  const isV4 = isMapped(from) && isMapped(to);
  const start = isV4 ? 12 : 0;
  return Uint8Array.of(
    ...SIGNATURE_2,
    0x21,
    isV4 ? 0x11 : 0x21,
    ...uint16(isV4 ? 12 : 36),
    ...from.slice(start),
    ...to.slice(start),
    ...uint16(source.port),
    ...uint16(destination.port),
  );
}

/** Header of version 2 for a connection of our own: a check, for instance. */
export function encodeLocalHeader(): Uint8Array {
  return Uint8Array.of(...SIGNATURE_2, 0x20, UNSPECIFIED, 0, 0);
}

function startsLike(bytes: Uint8Array, signature: Uint8Array): boolean {
  return signature.every((octet, at) => at >= bytes.length || bytes[at] === octet);
}

/** Octets of version 2's head that are there are right, or can't become so. */
function headSoFar(bytes: Uint8Array): ProxyHeader {
  const [version, family] = bytes.subarray(12);
  if (version === undefined) return NEED_MORE;
  if (version >> 4 !== 2) return unreadable("badProxyVersion");
  const command = version & 15;
  if (command > 1) return unreadable("badProxyCommand");
  // Of a LOCAL connection, the family means nothing.
  const isKnown = command === 0 || family === undefined || FAMILY_BYTES.has(family);
  return isKnown ? NEED_MORE : unreadable("badProxyFamily");
}

const UNSPECIFIED = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;
const UNIX = 0x31;
/** Octets of both addresses, by family and transport; what came by datagrams did not come here. */
const FAMILY_BYTES: ReadonlyMap<number, number> = new Map([
  [UNSPECIFIED, 0],
  [TCP4, 12],
  [TCP6, 36],
  [UNIX, 216],
]);

function decodeVersion2(bytes: Uint8Array): ProxyHeader {
  const head = headSoFar(bytes);
  if (head.kind === "unreadable") return head;
  const family = bytes[13] ?? 0;
  const rest = ((bytes[14] ?? 0) << 8) | (bytes[15] ?? 0);
  const isLocal = ((bytes[12] ?? 0) & 15) === 0;
  const addressBytes = isLocal ? 0 : (FAMILY_BYTES.get(family) ?? 0);
  if (rest > REST_BYTES_MAX || rest < addressBytes) return unreadable("badProxyLength");
  const length = HEAD_BYTES_2 + rest;
  if (bytes.length < length) return NEED_MORE;
  if (isLocal || family === UNSPECIFIED) return { kind: "header", length, source: undefined };
  if (!areTlvs(bytes.subarray(HEAD_BYTES_2 + addressBytes, length))) return unreadable("badProxyTlv");
  return { kind: "header", length, source: sourceOf(family, bytes.subarray(HEAD_BYTES_2)) };
}

function sourceOf(family: number, bytes: Uint8Array): Endpoint | undefined {
  if (family === UNIX) return undefined;
  const size = family === TCP4 ? 4 : 16;
  const port = ((bytes[2 * size] ?? 0) << 8) | (bytes[2 * size + 1] ?? 0);
  return { address: encodeAddress(bytes.subarray(0, size)), port };
}

/** Type, two octets of length, value, and again. */
function areTlvs(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return false;
    at += 3 + (((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0));
  }
  return at === bytes.length;
}

const LINE_FEED = 10;
const PORT = "(0|[1-9][0-9]{0,4})";
const LINE = new RegExp(`^PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) ${PORT} ${PORT}\\r\\n$`);
const UNKNOWN_LINE = /^PROXY UNKNOWN(?: [!-~]+)*\r\n$/;
/** What a line may begin with, as far as it has come. */
const LINE_SO_FAR =
  /^PROXY (?:$|T$|TC$|TCP$|TCP[46](?:$| [0-9A-Fa-f:. ]*\r?$)|U$|UN$|UNK$|UNKN$|UNKNO$|UNKNOW$|UNKNOWN(?: [ -~]*)?\r?$)/;

function decodeVersion1(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, LINE_BYTES_MAX).indexOf(LINE_FEED);
  const text = String.fromCharCode(...bytes.subarray(0, end < 0 ? LINE_BYTES_MAX : end + 1));
  if (end < 0) {
    const isPossible = text.length < SIGNATURE_1.length || LINE_SO_FAR.test(text);
    return isPossible && bytes.length < LINE_BYTES_MAX ? NEED_MORE : unreadable("badProxyLine");
  }
  const length = end + 1;
  if (UNKNOWN_LINE.test(text)) return { kind: "header", length, source: undefined };
  const [, family, source = "", destination = "", port, otherPort] = LINE.exec(text) ?? [];
  const address = ofFamily(source, family);
  const isRight = ofFamily(destination, family) !== undefined && isPort(port) && isPort(otherPort);
  if (address === undefined || !isRight) return unreadable("badProxyLine");
  return { kind: "header", length, source: { address: encodeAddress(Uint8Array.from(address)), port: Number(port) } };
}

function ofFamily(text: string, family: string | undefined): AddressBytes | undefined {
  return text.includes(":") === (family === "6") ? decodeAddress(text) : undefined;
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && Number(text) <= 65_535;
}

function uint16(value: number): AddressBytes {
  return [value >> 8, value & 255];
}
