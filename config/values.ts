import { BlockList, isIP, isIPv4 } from "node:net";
import * as z from "zod";

// The vocabulary of every document: one schema per kind of value. The message of
// each is what was wanted, so that problems.ts can write "got X, want Y".

/** Name of an app, backend, host, certificate or instance: it becomes part of a file name and of a cookie. */
export const NAME = "1..63 of a-z A-Z 0-9 _ - starting with a letter or digit";
export const name = z.string({ error: NAME }).regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, { error: NAME });

/** An integer within bounds, both included. */
export function integer(min: number, max: number) {
  const error = `an integer ${min}..${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** TCP port. */
export const port = integer(1, 65535);

/** A day; longer waits are mistakes of unit. */
const DURATION_MS_MAX = 86_400_000;

/** A duration in milliseconds, 1 ms to one day. */
export const durationMs = integer(1, DURATION_MS_MAX);

const FLAG = "true or false";
export const flag = z.boolean({ error: FLAG });

/** One of a closed list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: `one of ${words.join(", ")}` });
}

const IP = "an IPv4 or IPv6 address";
export const ipAddress = z.string({ error: IP }).refine((text) => isIP(text) !== 0, { error: IP });

const CIDR = "an address with prefix length, like 203.0.113.10/24";
/** Address with prefix length: `203.0.113.10/24`, `2001:db8::10/64`. The host part may be set. */
export const addressWithPrefix = z.string({ error: CIDR }).refine((text) => splitPrefix(text) !== undefined, {
  error: CIDR,
});

/**
 * Parts of an address with prefix length.
 *
 * @returns undefined when the text is not one
 */
export function splitPrefix(text: string): { address: string; prefixLength: number; family: 4 | 6 } | undefined {
  const [address = "", length = "", ...rest] = text.split("/");
  const family = isIP(address);
  if (rest.length > 0 || family === 0 || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefixLength = Number(length);
  if (prefixLength > (family === 4 ? 32 : 128)) return undefined;
  return { address, prefixLength, family: family === 4 ? 4 : 6 };
}

/**
 * Whether an address lies in the network of an address with prefix length.
 *
 * @param cidr  as accepted by {@link addressWithPrefix}
 */
export function isInNetwork(address: string, cidr: string): boolean {
  const network = splitPrefix(cidr);
  const family = isIP(address);
  if (network === undefined || family !== network.family) return false;
  const list = new BlockList();
  const type = family === 4 ? "ipv4" : "ipv6";
  list.addSubnet(network.address, network.prefixLength, type);
  return list.check(address, type);
}

const HOST_LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const HOSTNAME = "a lower-case DNS name like www.example.com, or *.example.com";
/** DNS name, lower case, optionally with a leading `*.`. */
export const hostname = z.string({ error: HOSTNAME }).refine(isHostname, { error: HOSTNAME });

function isHostname(text: string): boolean {
  const plain = text.startsWith("*.") ? text.slice(2) : text;
  return plain.length > 0 && plain.length <= 253 && plain.split(".").every((label) => HOST_LABEL.test(label));
}

const HOST_PORT = "host:port, like 192.0.2.21:80 or [2001:db8::21]:80";
/** Where a backend listens: `192.0.2.21:80`, `[2001:db8::21]:80`, `web1.internal:8080`. */
export const hostPort = z.string({ error: HOST_PORT }).refine((text) => splitHostPort(text) !== undefined, {
  error: HOST_PORT,
});

/**
 * Parts of a host:port.
 *
 * @returns undefined when the text is not one
 */
export function splitHostPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const host = bracketed ?? plain ?? "";
  const number = Number(digits);
  if (number < 1 || number > 65535) return undefined;
  if (bracketed !== undefined ? isIP(host) !== 6 : !(isIPv4(host) || isHostname(host.toLowerCase()))) return undefined;
  return { host, port: number };
}

const PATH_PREFIX = "a path prefix with slashes at both ends, like /app1/, of unreserved characters";
/** Path prefix of an app: `/`, `/app1/`, `/team/app1/`. Already in normal form (RFC 3986 6.2). */
export const pathPrefix = z
  .string({ error: PATH_PREFIX })
  .max(512, { error: PATH_PREFIX })
  .regex(/^\/(?:(?!\.{1,2}\/)[A-Za-z0-9._~!$&'()*+,=:@-]+\/)*$/, { error: PATH_PREFIX });

const TOKEN = "an HTTP token (RFC 9110 5.6.2)";
/** Field name, method or cookie name. */
export const token = z.string({ error: TOKEN }).regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, { error: TOKEN });

const FIELD_VALUE = "a field value without control characters";
/** Field value as we send it: visible ASCII and inner spaces. */
export const fieldValue = z.string({ error: FIELD_VALUE }).regex(/^(?:[!-~](?:[ -~]{0,4094}[!-~])?)?$/, {
  error: FIELD_VALUE,
});

const AUTHORITIES = "certificates in PEM";
/** Certificates of authorities, one after the other. */
export const authoritiesPem = z
  .string({ error: AUTHORITIES })
  .max(100_000, { error: AUTHORITIES })
  .regex(/^(?:-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/, { error: AUTHORITIES });

const REVOCATIONS = "lists of revoked certificates in PEM (X509 CRL)";
/** Revocation lists (RFC 5280 5), one after the other. */
export const revocationsPem = z
  .string({ error: REVOCATIONS })
  .max(100_000, { error: REVOCATIONS })
  .regex(/^(?:-----BEGIN X509 CRL-----[A-Za-z0-9+/=\s]+-----END X509 CRL-----\s*)+$/, { error: REVOCATIONS });
