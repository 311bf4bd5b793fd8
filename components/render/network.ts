import { splitPrefix } from "../../config/values.ts";

/** The network that an address with prefix length lies in: equal networks give equal texts. */
export function networkOf(cidr: string): string | undefined {
  const parts = splitPrefix(cidr);
  if (parts === undefined) return undefined;
  const { address, prefixLength, family } = parts;
  const hostBits = BigInt(widthOf(family) - prefixLength);
  return `${family} ${(numberOf(address, family) >> hostBits).toString(16)}/${prefixLength}`;
}

/** Whether an address is the network's own or its broadcast address, which no host may have. */
export function isReservedInNetwork(cidr: string): boolean {
  const parts = splitPrefix(cidr);
  // RFC 3021: a link of two addresses has neither. IPv6 has no broadcast, and its zero address is a router's.
  if (parts === undefined || parts.family === 6 || parts.prefixLength > 30) return false;
  const hostMask = (1n << BigInt(32 - parts.prefixLength)) - 1n;
  const host = numberOf(parts.address, 4) & hostMask;
  return host === 0n || host === hostMask;
}

/** An address as the kernel prints it. */
export function canonicalAddress(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

function numberOf(address: string, family: 4 | 6): bigint {
  if (family === 4) return address.split(".").reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  return groupsOf(address).reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

/** The eight groups of an IPv6 address, however it was shortened. */
function groupsOf(address: string): string[] {
  // The URL parser writes an embedded IPv4 address as groups; a zone has no place in a configuration.
  const [head = "", tail] = canonicalAddress(address).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(missing).fill("0"), ...after];
}
