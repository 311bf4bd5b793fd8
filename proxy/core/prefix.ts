import { mapCookiePath } from "../wire/cookie.ts";
import { hostOf, isAuthority, portOf } from "../wire/target.ts";

// An app that is asked for `/x` answers with links to `/y`; the browser must see
// `/app1/y`. Only links that lead back to the app are touched, and never twice.

/** What a rewrite needs to know of the request. */
export type PublicPlace = {
  /** With slashes at both ends; `/` where nothing was stripped. */
  readonly prefix: string;
  /** As the browser sees them. */
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** host:port of the backend that answered: some apps name themselves by it. */
  readonly backendAddress: string;
};

const DEFAULT_PORT: Readonly<Record<string, number>> = { http: 80, https: 443 };

/**
 * Public form of a URI reference that a backend gave (RFC 3986 4.2).
 *
 * Relative paths, other schemes and foreign hosts stay as they are.
 */
export function publicReference(reference: string, place: PublicPlace): string {
  if (reference.startsWith("/") && !reference.startsWith("//")) return publicPath(reference, place.prefix);
  const match = /^(?:(https?):)?\/\/([^/?#\\]*)(.*)$/i.exec(reference);
  if (match === null) return reference;
  const [, scheme, authority = "", rest = ""] = match;
  if (!isAuthority(authority) || !isOwnAuthority(scheme?.toLowerCase() ?? place.scheme, authority, place)) {
    return reference;
  }
  const path = publicPath(rest.startsWith("/") ? rest : `/${rest}`, place.prefix);
  if (scheme === undefined) return `//${place.authority}${path}`;
  // An app behind TLS may believe it is on http; one that asks for https means it.
  const isSecured = scheme.toLowerCase() === "https" && place.scheme === "http";
  return isSecured ? `${scheme}://${authority}${path}` : `${place.scheme}://${place.authority}${path}`;
}

/** Path below the app's prefix; one that is already there, stays. */
export function publicPath(path: string, prefix: string): string {
  if (prefix === "/" || path.startsWith(prefix)) return path;
  const bare = prefix.slice(0, -1);
  if (path.startsWith(bare) && /^(?:$|[?#])/.test(path.slice(bare.length))) return path;
  return bare + path;
}

/** Browsers refuse a cookie so named unless its Path is `/` (RFC 6265bis 4.1.3.2), in whatever letter case. */
const HOST_COOKIE = /^[ \t]*__host-/i;

/** Set-Cookie value with its Path below the prefix; a cookie without Path gets the right one from the browser. */
export function publicSetCookie(value: string, prefix: string): string {
  if (prefix === "/" || HOST_COOKIE.test(value)) return value;
  return mapCookiePath(value, (path) => (path.startsWith("/") ? publicPath(path, prefix) : path));
}

function isOwnAuthority(scheme: string, authority: string, place: PublicPlace): boolean {
  const host = hostOf(authority);
  const port = portOf(authority) ?? DEFAULT_PORT[scheme];
  const backendPort = portOf(place.backendAddress);
  if (host === hostOf(place.backendAddress) && port === backendPort) return true;
  if (host !== hostOf(place.authority)) return false;
  const publicPort = portOf(place.authority) ?? DEFAULT_PORT[place.scheme];
  // Apps build links from the Host they see and the port they listen on.
  return port === DEFAULT_PORT[scheme] || port === publicPort || port === backendPort;
}
