// Which octet may stand where, as one table: the head decoder looks at every octet once.

/** Part of a token: field name, method (RFC 9110 5.6.2). */
export const TOKEN = 1;
/** Part of a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 5.5). */
export const VALUE = 2;
/** Part of a request target: visible ASCII without `#`, which never goes on the wire (RFC 9112 3.2). */
export const TARGET = 4;
/** Part of a host name as we accept it: letters, digits, `.`, `-`, `_`. */
export const HOST = 8;
/** Unreserved in a URI (RFC 3986 2.3). */
export const UNRESERVED = 16;
export const DIGIT = 32;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";

const ZERO = 0x30;

const CLASSES = buildClasses();

/**
 * Whether an octet belongs to a class.
 *
 * @param octet  0..255; anything else is answered rightly, but makes this function slow for everyone from then on
 */
export function isOf(octet: number, octetClass: number): boolean {
  return ((CLASSES[octet] ?? 0) & octetClass) !== 0;
}

/** Whether a text is not empty and all of its octets belong to a class. */
export function isAllOf(text: string, octetClass: number): boolean {
  for (let at = 0; at < text.length; at++) {
    if (!isOf(text.charCodeAt(at), octetClass)) return false;
  }
  return text.length > 0;
}

/** End of the token that starts at `start`: the index of the first octet that is none of it. */
export function tokenEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isOf(bytes[at] ?? 0, TOKEN)) at++;
  return at;
}

/** Whether the octets at `start` are those of a text, latin1. */
export function isTextAt(bytes: Uint8Array, start: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false;
  return true;
}

/**
 * Whole number in decimal digits, without a sign or a leading zero, below 10^15.
 *
 * @returns -1 for anything else
 */
export function decimalAt(bytes: Uint8Array, start: number, end: number): number {
  const hasLeadingZero = bytes[start] === ZERO && end - start > 1;
  if (start >= end || end - start > 15 || hasLeadingZero) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    if (!isOf(octet, DIGIT)) return -1;
    value = value * 10 + octet - ZERO;
  }
  return value;
}

/**
 * Value of a hexadecimal digit.
 *
 * @returns -1 for any other octet
 */
export function hexValue(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function buildClasses(): Uint8Array {
  const classes = new Uint8Array(256);
  const put = (octet: number, octetClass: number) => {
    classes[octet] = (classes[octet] ?? 0) | octetClass;
  };
  const putAll = (text: string, octetClass: number) => {
    for (const character of text) put(character.charCodeAt(0), octetClass);
  };
  putAll(`!#$%&'*+-.^_\`|~${DIGITS}${LETTERS}`, TOKEN);
  putAll(`.-_${DIGITS}${LETTERS}`, HOST);
  putAll(`.-_~${DIGITS}${LETTERS}`, UNRESERVED);
  putAll(DIGITS, DIGIT);
  put(0x09, VALUE);
  for (let octet = 0x20; octet <= 0xff; octet++) if (octet !== 0x7f) put(octet, VALUE);
  for (let octet = 0x21; octet <= 0x7e; octet++) if (octet !== 0x23) put(octet, TARGET);
  return classes;
}
