import { DIGIT, HOST, isAllOf, isOf, TARGET } from "./octets.ts";

// Request target (RFC 9112 3.2) and Host (RFC 9110 7.2).

export type Target =
  | { readonly kind: "origin"; readonly path: string; readonly query: string }
  | { readonly kind: "absolute"; readonly authority: string; readonly path: string; readonly query: string }
  | { readonly kind: "asterisk" };

/** Longest DNS name plus a port. */
const AUTHORITY_LENGTH_MAX = 261;

/**
 * Parts of a request target.
 *
 * @param text  octets of the class TARGET only
 * @returns undefined when it is none of the forms
 */
export function decodeTarget(method: string, text: string): Target | undefined {
  if (text.charCodeAt(0) === 0x2f) return splitQuery(text);
  if (text === "*") return method === "OPTIONS" ? { kind: "asterisk" } : undefined;
  const match = /^https?:\/\/([^/?]*)(.*)$/i.exec(text);
  if (match === null) return undefined;
  const [, authority = "", rest = ""] = match;
  if (!isAuthority(authority)) return undefined;
  // RFC 9112 3.2.1: an empty path goes as "/".
  return { ...splitQuery(rest.startsWith("/") ? rest : `/${rest}`), kind: "absolute", authority };
}

function splitQuery(text: string): { kind: "origin"; path: string; query: string } {
  const at = text.indexOf("?");
  if (at < 0) return { kind: "origin", path: text, query: "" };
  return { kind: "origin", path: text.slice(0, at), query: text.slice(at) };
}

/** End of the run of target octets that starts at `start`. */
export function targetEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isOf(bytes[at] ?? 0, TARGET)) at++;
  return at;
}
/** Whether a text is host[:port] as we accept it: a name, an IPv4 address or a bracketed IPv6 address; nothing else. */
export function isAuthority(text: string): boolean {
  if (text.length === 0 || text.length > AUTHORITY_LENGTH_MAX) return false;
  if (text.charCodeAt(0) === 0x5b) return /^\[[0-9a-fA-F:.]{2,45}\](?::[0-9]{1,5})?$/.test(text);
  let at = 0;
  while (at < text.length && isOf(text.charCodeAt(at), HOST)) at++;
  if (at === 0) return false;
  return at === text.length || (text[at] === ":" && text.length - at <= 6 && isAllOf(text.slice(at + 1), DIGIT));
}

/** Host of an authority, lower case, without its port and without the root's dot (RFC 3986 3.2.2): `a.` is `a`. */
export function hostOf(authority: string): string {
  const at = authority.startsWith("[") ? authority.indexOf("]") + 1 : authority.indexOf(":");
  const host = (at <= 0 ? authority : authority.slice(0, at)).toLowerCase();
  return host.length > 1 && host.endsWith(".") ? host.slice(0, -1) : host;
}

/** Port of an authority, or undefined when it names none. */
export function portOf(authority: string): number | undefined {
  const digits = /:([0-9]{1,5})$/.exec(authority)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
