/** IPv4 or IPv6. */
export type Family = 4 | 6;

/** An address with the length of its network's prefix. */
export type Prefix = { readonly address: string; readonly prefixLength: number; readonly family: Family };

/** An address to set on an interface. */
export type VirtualAddress = Prefix & {
  /** Name by which old tools show it; IPv4 only. */
  readonly label?: string;
  /** Where it is set, if not on the virtual router's own interface. */
  readonly interfaceName?: string;
};

const IPV4_BYTES = 4;
const IPV6_WORDS = 8;
const IPV4_PART = /^(0|[1-9]\d{0,2})$/;
const IPV6_PART = /^[0-9a-fA-F]{1,4}$/;

/**
 * Bytes of an address: 4 or 16.
 *
 * @returns undefined when the text is not an address; zones (`%eth0`) are not part of one
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** Text of an address in its one canonical form (RFC 5952 for IPv6). */
export function formatIpAddress(bytes: Uint8Array): string {
  return bytes.length === IPV4_BYTES ? bytes.join(".") : formatIpv6(bytes);
}

export function familyOf(address: string): Family {
  return address.includes(":") ? 6 : 4;
}

/** Parts of `203.0.113.10/24`, the address in canonical form. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = "", length = "", ...rest] = text.split("/");
  const bytes = parseIpAddress(address);
  const prefixLength = Number(length);
  if (bytes === undefined || rest.length > 0 || !IPV4_PART.test(length) || prefixLength > 8 * bytes.length)
    return undefined;
  return { address: formatIpAddress(bytes), prefixLength, family: bytes.length === IPV4_BYTES ? 4 : 6 };
}

/** Whether an address lies in a network; of another family, never. */
export function isInNetwork(address: string, network: Prefix): boolean {
  const bytes = parseIpAddress(address);
  const base = parseIpAddress(network.address);
  if (bytes === undefined || base === undefined || bytes.length !== base.length) return false;
  return bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, network.prefixLength - 8 * index));
    const mask = (0xff00 >> bits) & 0xff;
    return (byte & mask) === ((base[index] ?? 0) & mask);
  });
}

/** Order of two addresses of one family as unsigned numbers: negative, zero or positive. */
export function compareIpAddresses(a: string, b: string): number {
  const left = parseIpAddress(a) ?? new Uint8Array();
  const right = parseIpAddress(b) ?? new Uint8Array();
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== IPV4_BYTES) return undefined;
  if (!parts.every((part) => IPV4_PART.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], tail] = halves.map((half, index) => (index === halves.length - 1 ? expandIpv4Tail(half) : half));
  if (halves.length > 2) return undefined;
  const missing = IPV6_WORDS - head.length - (tail?.length ?? 0);
  // "::" stands for at least one group of zeros.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const words = [...head, ...new Array<string>(Math.max(0, missing)).fill("0"), ...(tail ?? [])];
  if (!words.every((word) => IPV6_PART.test(word))) return undefined;
  return Uint8Array.from(words.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]));
}

/** `::ffff:192.0.2.1`: dotted decimal in the last group stands for two groups. */
function expandIpv4Tail(parts: string[]): string[] {
  const bytes = parseIpv4(parts.at(-1) ?? "");
  if (bytes === undefined) return parts;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [...parts.slice(0, -1), ((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
}

function formatIpv6(bytes: Uint8Array): string {
  const words = Array.from({ length: IPV6_WORDS }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const { at, length } = longestZeroRun(words);
  const hex = (part: number[]) => part.map((word) => word.toString(16)).join(":");
  // RFC 5952 4.2.2: a single zero group is not shortened.
  if (length < 2) return hex(words);
  return `${hex(words.slice(0, at))}::${hex(words.slice(at + length))}`;
}

/** RFC 5952 4.2.3: the longest run of zero groups, the first of equal ones. */
function longestZeroRun(words: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let run = { at: 0, length: 0 };
  for (const [index, word] of words.entries()) {
    run = word === 0 ? { at: run.length === 0 ? index : run.at, length: run.length + 1 } : { at: 0, length: 0 };
    if (run.length > best.length) best = run;
  }
  return best;
}
