// IP addresses as numbers, to compare with networks. node:net's BlockList would
// do the same, but core and wire know no node: module, and this is hot.

/** Sixteen octets; IPv4 as IPv4-mapped IPv6, so that one comparison serves both. */
export type AddressBytes = readonly number[];

const MAPPED: AddressBytes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * Octets of an IPv4 or IPv6 address.
 *
 * @returns undefined when the text is neither; a zone (`%eth0`) is ignored
 */
export function decodeAddress(text: string): AddressBytes | undefined {
  if (!text.includes(":")) {
    const octets = decodeIpv4(text);
    return octets === undefined ? undefined : [...MAPPED, ...octets];
  }
  return decodeIpv6(text.replace(/%.*$/, ""));
}

function decodeIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

function decodeIpv6(text: string): AddressBytes | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(decodeGroups);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function decodeGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const octets: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    const ipv4 = index === groups.length - 1 && group.includes(".") ? decodeIpv4(group) : undefined;
    if (ipv4 !== undefined) octets.push(...ipv4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      octets.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return undefined;
  }
  return octets;
}

/** A network: its address and how many leading bits count, IPv4 with 96 more. */
export type Network = { readonly bytes: AddressBytes; readonly bits: number };

/** Network of a text like `192.0.2.0/24` or `2001:db8::/32`. */
export function decodeNetwork(text: string): Network | undefined {
  const [address = "", length = ""] = text.split("/");
  const bytes = decodeAddress(address);
  if (bytes === undefined || !/^[0-9]{1,3}$/.test(length)) return undefined;
  return { bytes, bits: Number(length) + (address.includes(":") ? 0 : 96) };
}

export function isInside(address: AddressBytes, network: Network): boolean {
  for (let bit = 0; bit < network.bits; bit += 8) {
    const mask = network.bits - bit >= 8 ? 0xff : (0xff << (8 - (network.bits - bit))) & 0xff;
    if ((((address[bit / 8] ?? 0) ^ (network.bytes[bit / 8] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** Whether it is an address of IPv4. */
export function isMapped(bytes: AddressBytes): boolean {
  return MAPPED.every((octet, at) => bytes[at] === octet);
}

/**
 * Text of an address.
 *
 * @param bytes  4 or 16 octets; those of an IPv4-mapped address are written as IPv4
 */
export function encodeAddress(bytes: Uint8Array): string {
  const octets = [...bytes];
  if (octets.length === 4) return octets.join(".");
  if (isMapped(octets)) return octets.slice(12).join(".");
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((octets[2 * index] ?? 0) << 8) | (octets[2 * index + 1] ?? 0),
  );
  return compressed(groups);
}

/** RFC 5952 4.2: `::` for the first of the longest runs of zeros, if there are two at least. */
function compressed(groups: readonly number[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.length < 2) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}
