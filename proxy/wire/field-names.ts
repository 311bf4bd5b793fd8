// The fields that mean something to a proxy. Every other field is `other` and
// passes as it is. Numbers below 32, so that a set of them is one integer.

export const FIELD = {
  other: 0,
  /** Names with `_`, which many servers can't tell from `-`, `Proxy` (httpoxy), and `X-SSL-Client-*`, which only we may say: dropped from requests. */
  unsafe: 1,
  host: 2,
  connection: 3,
  contentLength: 4,
  transferEncoding: 5,
  cookie: 6,
  setCookie: 7,
  expect: 8,
  upgrade: 9,
  keepAlive: 10,
  proxyConnection: 11,
  te: 12,
  trailer: 13,
  xForwardedFor: 14,
  xForwardedProto: 15,
  xForwardedHost: 16,
  /** Any other `X-Forwarded-*`. */
  xForwarded: 17,
  forwarded: 18,
  xRealIp: 19,
  location: 20,
  contentLocation: 21,
  refresh: 22,
  link: 23,
  cacheControl: 24,
  pragma: 25,
  date: 26,
  http2Settings: 27,
  authorization: 28,
  secWebsocketKey: 29,
  secWebsocketVersion: 30,
  /** Any field that Connection names (RFC 9110 7.6.1). */
  hopByHop: 31,
} as const;
export type FieldId = (typeof FIELD)[keyof typeof FIELD];

/** A set of fields: bit `id` is set. */
export type FieldSet = number;

export function fieldSet(...ids: readonly FieldId[]): FieldSet {
  return ids.reduce<number>((set, id) => set | (1 << id), 0);
}

export function isIn(set: FieldSet, id: FieldId): boolean {
  return (set & (1 << id)) !== 0;
}

const NAMES: readonly (readonly [string, FieldId])[] = [
  ["proxy", FIELD.unsafe],
  ["host", FIELD.host],
  ["connection", FIELD.connection],
  ["content-length", FIELD.contentLength],
  ["transfer-encoding", FIELD.transferEncoding],
  ["cookie", FIELD.cookie],
  ["set-cookie", FIELD.setCookie],
  ["expect", FIELD.expect],
  ["upgrade", FIELD.upgrade],
  ["keep-alive", FIELD.keepAlive],
  ["proxy-connection", FIELD.proxyConnection],
  ["te", FIELD.te],
  ["trailer", FIELD.trailer],
  ["x-forwarded-for", FIELD.xForwardedFor],
  ["x-forwarded-proto", FIELD.xForwardedProto],
  ["x-forwarded-host", FIELD.xForwardedHost],
  ["forwarded", FIELD.forwarded],
  ["x-real-ip", FIELD.xRealIp],
  ["location", FIELD.location],
  ["content-location", FIELD.contentLocation],
  ["refresh", FIELD.refresh],
  ["link", FIELD.link],
  ["cache-control", FIELD.cacheControl],
  ["pragma", FIELD.pragma],
  ["date", FIELD.date],
  ["http2-settings", FIELD.http2Settings],
  ["authorization", FIELD.authorization],
  ["sec-websocket-key", FIELD.secWebsocketKey],
  ["sec-websocket-version", FIELD.secWebsocketVersion],
];

type Candidate = { readonly octets: Uint8Array; readonly id: FieldId };

const LENGTH_MAX = 22;
const X_FORWARDED = octetsOf("x-forwarded-");
const X_SSL_CLIENT = octetsOf("x-ssl-client-");

/** Names by their length and the last bits of their first letter, which its two cases have in common: most have none there. */
const LETTER_BITS = 5;
const LETTER_MASK = (1 << LETTER_BITS) - 1;
const CANDIDATES: readonly (readonly Candidate[])[] = Array.from({ length: LENGTH_MAX << LETTER_BITS }, (_, key) =>
  NAMES.filter(([name]) => keyOf(name.length, name.charCodeAt(0)) === key).map(([name, id]) => ({
    octets: octetsOf(name),
    id,
  })),
);
const NO_CANDIDATES: readonly Candidate[] = [];
const LETTER_X = 0x78;

/**
 * Which field a name is.
 *
 * @param bytes  a head, of which start..end is the name, already known to be a token
 */
export function identifyField(bytes: Uint8Array, start: number, end: number): FieldId {
  const first = bytes[start] ?? 0;
  const candidates = CANDIDATES[keyOf(end - start, first)] ?? NO_CANDIDATES;
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index];
    if (candidate !== undefined && startsIgnoringCase(bytes, start, candidate.octets)) return candidate.id;
  }
  if ((first | 0x20) !== LETTER_X) return FIELD.other;
  if (end - start > X_FORWARDED.length && startsIgnoringCase(bytes, start, X_FORWARDED)) return FIELD.xForwarded;
  const isXSslClient = end - start > X_SSL_CLIENT.length && startsIgnoringCase(bytes, start, X_SSL_CLIENT);
  return isXSslClient ? FIELD.unsafe : FIELD.other;
}

function keyOf(length: number, firstLetter: number): number {
  return (length << LETTER_BITS) | (firstLetter & LETTER_MASK);
}

/** Whether the octets at `start` read as a lower-case word in any case. */
function startsIgnoringCase(bytes: Uint8Array, start: number, lower: Uint8Array): boolean {
  for (let at = 0; at < lower.length; at++) {
    const octet = bytes[start + at] ?? 0;
    // Only letters have two cases; `|0x20` alone would take `M-` for `\r`.
    const folded = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
    if (folded !== lower[at]) return false;
  }
  return true;
}

function octetsOf(word: string): Uint8Array {
  return Uint8Array.from(word, (character) => character.charCodeAt(0));
}
