import { type Endpoints, finishChecksum, sumPseudoHeader, sumWords, VRRP_PROTOCOL } from "./checksum.ts";
import { type Family, formatIpAddress, parseIpAddress } from "./ip-address.ts";
import { TRAILER_BYTES } from "./signature.ts";

// VRRPv2 (RFC 3768 5.1), IPv4                VRRPv3 (RFC 9568 5.2), IPv4 and IPv6
// 0  version 2 << 4 | type 1                 0  version 3 << 4 | type 1
// 1  VRID                                    1  VRID
// 2  priority                                2  priority
// 3  count of addresses                      3  count of addresses
// 4  authentication type                     4  reserved, 4 bits | Max Advertise Interval,
// 5  advertisement interval, seconds         5  12 bits, centiseconds
// 6  checksum                                6  checksum
// 8  addresses, 4 bytes each                 8  addresses, 4 or 16 bytes each
//    authentication data, 8 bytes, always       (keepalived ≥ 2.4.2: 28 bytes of authentication)

export type Version = 2 | 3;

/** Which bytes a version 3 checksum over IPv4 covers: RFC 9568 says the message, RFC 5798 was read as adding a pseudo-header. */
export type ChecksumForm = "message-only" | "pseudo-header";

/** RFC 3768 appendix: authentication of version 2 as RFC 2338 had it, still in use. */
export type Authentication = { readonly kind: "none" } | { readonly kind: "password"; readonly password: string };

export type Advertisement = {
  readonly version: Version;
  readonly vrid: number;
  /** 0: the sender stops being Active; 255: it owns the addresses. */
  readonly priority: number;
  readonly intervalMs: number;
  readonly addresses: readonly string[];
  readonly authentication: Authentication;
};

/** Why bytes are not an advertisement. */
export type DecodeFault =
  | "length"
  | "version"
  | "type"
  | "checksum"
  | "authentication-type"
  | "interval-zero"
  | "count-zero";

export type Decoded =
  | {
      readonly ok: true;
      readonly value: Advertisement;
      readonly checksumForm: ChecksumForm;
      readonly trailer: Uint8Array;
    }
  | { readonly ok: false; readonly reason: DecodeFault };

export const MULTICAST_GROUP: Readonly<Record<Family, string>> = { 4: "224.0.0.18", 6: "ff02::12" };

const TYPE_ADVERTISEMENT = 1;
const HEADER_BYTES = 8;
const CHECKSUM_AT = 6;
const PASSWORD_BYTES = 8;
const MS_PER_SECOND = 1_000;
const MS_PER_CENTISECOND = 10;

/**
 * Value of the bytes after the IP header.
 *
 * Total: any bytes give a value or the first fault in the order of RFC 9568 7.1. Both checksum forms are accepted; the answer says which it was.
 */
export function decodeAdvertisement(bytes: Uint8Array, family: Family, endpoints: Endpoints): Decoded {
  const fault = (reason: DecodeFault): Decoded => ({ ok: false, reason });
  const at = (index: number) => bytes[index] ?? 0;
  if (bytes.length < HEADER_BYTES) return fault("length");
  const version = at(0) >> 4;
  if ((version !== 2 && version !== 3) || (version === 2 && family === 6)) return fault("version");
  if ((at(0) & 0x0f) !== TYPE_ADVERTISEMENT) return fault("type");
  const addressesEnd = HEADER_BYTES + at(3) * addressBytes(family);
  const messageEnd = addressesEnd + (version === 2 ? PASSWORD_BYTES : 0);
  const trailerLength = bytes.length - messageEnd;
  if (trailerLength !== 0 && trailerLength !== TRAILER_BYTES) return fault("length");
  const checksumForm = findChecksumForm(bytes, messageEnd, version, family, endpoints);
  if (checksumForm === undefined) return fault("checksum");
  const authentication = version === 2 ? decodeAuthentication(at(4), bytes.subarray(addressesEnd, messageEnd)) : NONE;
  if (authentication === undefined) return fault("authentication-type");
  const intervalMs = version === 2 ? at(5) * MS_PER_SECOND : (((at(4) & 0x0f) << 8) | at(5)) * MS_PER_CENTISECOND;
  // RFC 9568 erratum 8301: an interval of 0 would make every Backup take over at once.
  if (intervalMs === 0) return fault("interval-zero");
  // RFC 9568 erratum 8299.
  if (at(3) === 0) return fault("count-zero");
  const addresses = splitAddresses(bytes.subarray(HEADER_BYTES, addressesEnd), addressBytes(family));
  const value = { version, vrid: at(1), priority: at(2), intervalMs, addresses, authentication } as const;
  return { ok: true, value, checksumForm, trailer: bytes.subarray(messageEnd) };
}

/**
 * Bytes of an advertisement. Over IPv6 the checksum has only one form, with pseudo-header.
 *
 * @param trailer  what stands behind the message; over IPv6 the checksum covers it
 */
export function encodeAdvertisement(
  value: Advertisement,
  family: Family,
  endpoints: Endpoints,
  form: ChecksumForm,
  trailer: Uint8Array = NO_TRAILER,
): Uint8Array {
  const message = encodeMessage(value, family);
  const bytes = new Uint8Array(message.length + trailer.length);
  bytes.set(message);
  bytes.set(trailer, message.length);
  const hasPseudoHeader = family === 6 || (value.version === 3 && form === "pseudo-header");
  const covered = family === 6 ? bytes : bytes.subarray(0, message.length);
  new DataView(bytes.buffer).setUint16(CHECKSUM_AT, checksum(covered, hasPseudoHeader ? endpoints : undefined));
  return bytes;
}

/** The same without checksum and trailer: what a signature is over. */
export function encodeMessage(value: Advertisement, family: Family): Uint8Array {
  const { version, vrid, priority, intervalMs, addresses, authentication } = value;
  const addressesEnd = HEADER_BYTES + addresses.length * addressBytes(family);
  const bytes = new Uint8Array(addressesEnd + (version === 2 ? PASSWORD_BYTES : 0));
  const view = new DataView(bytes.buffer);
  bytes.set([(version << 4) | TYPE_ADVERTISEMENT, vrid, priority, addresses.length]);
  if (version === 2) {
    bytes.set([authentication.kind === "password" ? 1 : 0, intervalMs / MS_PER_SECOND], 4);
    if (authentication.kind === "password") bytes.set(encodePassword(authentication.password), addressesEnd);
  } else {
    view.setUint16(4, intervalMs / MS_PER_CENTISECOND);
  }
  for (const [index, address] of addresses.entries()) {
    bytes.set(parseIpAddress(address) ?? [], HEADER_BYTES + index * addressBytes(family));
  }
  return bytes;
}

const NO_TRAILER = new Uint8Array();
const NONE: Authentication = { kind: "none" };

function findChecksumForm(
  bytes: Uint8Array,
  messageEnd: number,
  version: Version,
  family: Family,
  endpoints: Endpoints,
): ChecksumForm | undefined {
  // Over IPv6 the sum is made by the sending kernel, so it covers a trailer too.
  if (family === 6) return checksum(bytes, endpoints) === 0 ? "pseudo-header" : undefined;
  const message = bytes.subarray(0, messageEnd);
  if (checksum(message, undefined) === 0) return "message-only";
  if (version === 2) return undefined;
  if (checksum(message, endpoints) === 0) return "pseudo-header";
  // keepalived up to 1.3.6 put the multicast group into the pseudo-header of unicast packets too.
  const withGroup = { source: endpoints.source, destination: MULTICAST_GROUP[4] };
  return checksum(message, withGroup) === 0 ? "pseudo-header" : undefined;
}

function checksum(message: Uint8Array, endpoints: Endpoints | undefined): number {
  const pseudo = endpoints === undefined ? 0 : sumPseudoHeader(endpoints, VRRP_PROTOCOL, message.length);
  return finishChecksum(sumWords(message) + pseudo);
}

function decodeAuthentication(type: number, data: Uint8Array): Authentication | undefined {
  if (type === 0) return NONE;
  return type === 1 ? { kind: "password", password: decodePassword(data) } : undefined;
}

/** Zero bytes fill the field; what stands before the first is the password, byte for byte. */
function decodePassword(data: Uint8Array): string {
  const end = data.indexOf(0);
  return String.fromCharCode(...(end === -1 ? data : data.subarray(0, end)));
}

function encodePassword(password: string): Uint8Array {
  return Uint8Array.from(password.slice(0, PASSWORD_BYTES), (character) => character.charCodeAt(0));
}

function splitAddresses(bytes: Uint8Array, size: number): string[] {
  return Array.from({ length: bytes.length / size }, (_, i) =>
    formatIpAddress(bytes.subarray(i * size, (i + 1) * size)),
  );
}

function addressBytes(family: Family): number {
  return family === 4 ? 4 : 16;
}
