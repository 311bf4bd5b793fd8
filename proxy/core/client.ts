import { type AddressBytes, decodeAddress, isInside, type Network } from "../wire/address.ts";
import { FIELD } from "../wire/field-names.ts";
import { type Fields, fieldLine } from "../wire/fields.ts";
import { isAuthority } from "../wire/target.ts";
import type { AppRequest } from "./request.ts";

/** The other end of a client connection. */
export type Peer = {
  readonly address: string;
  readonly port: number;
  /** Whether its X-Forwarded-* fields are believed. */
  readonly isTrusted: boolean;
  /** Whose certificate it has proved to own; undefined: none, or it was not asked. */
  readonly subject: string | undefined;
  /** What backends are told about that; nothing where they are not. */
  readonly certificateLines: string;
  /** Its last request to an app: the next one is nearly always from the same client, with the same fields. */
  last: AppRequest | undefined;
};

/** Who asks, and how: what the proxy itself saw, or what a trusted proxy in front reports. */
export type Client = {
  readonly address: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** X-Forwarded-For, -Proto and -Host for the backend, and what it is told of the peer's certificate. */
  readonly forwardedLines: string;
};

export function isTrusted(address: string, networks: readonly Network[]): boolean {
  if (networks.length === 0) return false;
  const bytes = decodeAddress(address);
  return bytes !== undefined && isAnyInside(bytes, networks);
}

/** Client of a request. Fields of an untrusted peer are not even looked at. */
export function identifyClient(
  fields: Fields,
  peer: Peer,
  scheme: "http" | "https",
  authority: string,
  trusted: readonly Network[],
): Client {
  if (!peer.isTrusted) {
    const last = peer.last?.client;
    const isSame = last?.authority === authority && last.scheme === scheme && last.address === peer.address;
    return isSame ? last : newClient(peer, peer.address, peer.address, scheme, authority);
  }
  const chain = forwardedChain(fields, peer.address, trusted);
  const proto = fields.first(FIELD.xForwardedProto)?.toLowerCase();
  const host = fields.first(FIELD.xForwardedHost);
  return newClient(
    peer,
    chain[0] ?? peer.address,
    chain.join(", "),
    proto === "http" || proto === "https" ? proto : scheme,
    host !== undefined && isAuthority(host) ? host : authority,
  );
}

/** RFC 7239 4: one element, of the client itself; addresses of IPv6 and names with a port are quoted. */
export function forwardedLine({ address, scheme, authority }: Client): string {
  const node = address.includes(":") ? `"[${address}]"` : address;
  const host = authority === "" ? "" : `;host=${/^[A-Za-z0-9._-]+$/.test(authority) ? authority : `"${authority}"`}`;
  return fieldLine("Forwarded", `for=${node};proto=${scheme}${host}`);
}

function newClient(
  { certificateLines }: Peer,
  address: string,
  chain: string,
  scheme: "http" | "https",
  authority: string,
): Client {
  const forwardedLines =
    fieldLine("X-Forwarded-For", chain) +
    fieldLine("X-Forwarded-Proto", scheme) +
    (authority === "" ? "" : fieldLine("X-Forwarded-Host", authority)) +
    certificateLines;
  return { address, scheme, authority, forwardedLines };
}

/** The client, then the trusted proxies it came through; what stands left of the first untrusted address proves nothing. */
function forwardedChain(fields: Fields, peerAddress: string, trusted: readonly Network[]): string[] {
  const chain = [peerAddress];
  const claims = fields.all(FIELD.xForwardedFor).join(",").split(",");
  for (let index = claims.length - 1; index >= 0; index--) {
    const address = plainAddress(claims[index] ?? "");
    const bytes = decodeAddress(address);
    if (bytes === undefined) break;
    chain.unshift(address);
    if (!isAnyInside(bytes, trusted)) break;
  }
  return chain;
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`; a zone (`%eth0`) means nothing elsewhere, and may hold anything. */
function plainAddress(claim: string): string {
  const text = claim.trim().replace(/%[^\]]*/, "");
  const bracketed = /^\[([^\]]*)\](?::[0-9]+)?$/.exec(text);
  if (bracketed !== null) return bracketed[1] ?? "";
  return /^[0-9.]+:[0-9]+$/.test(text) ? text.slice(0, text.indexOf(":")) : text;
}

function isAnyInside(bytes: AddressBytes, networks: readonly Network[]): boolean {
  return networks.some((network) => isInside(bytes, network));
}
