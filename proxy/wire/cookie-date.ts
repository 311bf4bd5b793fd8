// Dates in a persistence cookie, as HAProxy writes them: five base64 characters,
// 30 bits, units of four seconds since 1970.
//
//   SRVID=web1|lastseen|firstseen

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LENGTH = 5;
const UNIT_S = 4;

/** A time as a cookie can say it: the next whole unit, so that a date never lies before what it dates. */
export function cookieDateS(epochS: number): number {
  return Math.ceil(epochS / UNIT_S) * UNIT_S;
}

export function encodeCookieDate(epochS: number): string {
  const units = cookieDateS(epochS) / UNIT_S;
  let text = "";
  for (let shift = (LENGTH - 1) * 6; shift >= 0; shift -= 6) text += ALPHABET[(units >>> shift) & 0x3f] ?? "";
  return text;
}

/**
 * Seconds since 1970.
 *
 * @returns undefined when the text is none
 */
export function decodeCookieDate(text: string): number | undefined {
  if (text.length !== LENGTH) return undefined;
  let units = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    units = units * 64 + digit;
  }
  return units * UNIT_S;
}
