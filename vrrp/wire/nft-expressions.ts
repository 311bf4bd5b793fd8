import { parseIpAddress } from "./ip-address.ts";
import { type Attribute, encodeNetlinkMessage } from "./netlink.ts";

// What a rule of the kernel's packet filter is made of (linux/netfilter/nf_tables.h): expressions that load into a register, compare
// a register, look it up, or decide. The first that does not hold ends the rule.
//
// expression: name, data

export type Expression = readonly [name: string, attributes: readonly Attribute[]];

/** Registers of four bytes each: what is loaded for one comparison, or the parts of a key, one after the other. */
const REGISTER = 8;
const REGISTER_BYTES = 4;

/** Header that an offset counts from. */
const BASE = { network: 1, transport: 2 } as const;

/** The bytes at an offset are these. */
export function bytesAre(base: keyof typeof BASE, offset: number, value: Uint8Array): Expression[] {
  return [load(base, offset, value.length), compare(value)];
}

/** Of the byte at an offset, the bits of a mask are these. */
export function bitsAre(base: keyof typeof BASE, offset: number, mask: number, bits: number): Expression[] {
  const masked: Attribute[] = [
    [1, be32(REGISTER)],
    [2, be32(REGISTER)],
    [3, be32(1)],
    data(4, Uint8Array.of(mask)),
    data(5, Uint8Array.of(0)),
  ];
  return [load(base, offset, 1), ["bitwise", masked], compare(Uint8Array.of(bits))];
}

/** The transport protocol is this one. */
export function protocolIs(protocol: number): Expression[] {
  return [
    [
      "meta",
      [
        [1, be32(REGISTER)],
        [2, be32(16)],
      ],
    ],
    compare(Uint8Array.of(protocol)),
  ];
}

/** What takes the packet on this host: a connection of its own, or only a listener on all addresses. */
export function isTakenBy(taker: "connection" | "listener"): Expression[] {
  return [
    [
      "socket",
      [
        [1, be32(2)],
        [2, be32(REGISTER)],
      ],
    ],
    compare(Uint8Array.of(taker === "listener" ? 1 : 0)),
  ];
}

/** Parts of a packet's header that together are a key. */
export type KeyPart = readonly [base: keyof typeof BASE, offset: number, length: number];

/** Bytes of a key: each part fills whole registers. */
export function keyBytes(parts: readonly KeyPart[]): number {
  return parts.reduce((sum, [, , length]) => sum + registersOf(length) * REGISTER_BYTES, 0);
}

/** The packet's key is remembered in a set, for as long as the set keeps it. */
export function remember(parts: readonly KeyPart[], set: string): Expression[] {
  const update: Attribute[] = [
    [1, text(set)],
    [3, be32(1)],
    [4, be32(REGISTER)],
  ];
  return [...loadKey(parts), ["dynset", update]];
}

/** The packet's key is in a set. */
export function isRemembered(parts: readonly KeyPart[], set: string): Expression[] {
  const found: Attribute[] = [
    [1, text(set)],
    [2, be32(REGISTER)],
  ];
  return [...loadKey(parts), ["lookup", found]];
}

/** A copy of the packet goes to a neighbour. */
export function copyTo(address: string, interfaceIndex: number): Expression[] {
  const index = new Uint8Array(Uint32Array.of(interfaceIndex).buffer); // the kernel's own byte order
  return [
    ["immediate", [[1, be32(1)], data(2, ipBytes(address))]],
    ["immediate", [[1, be32(2)], data(2, index)]],
    [
      "dup",
      [
        [1, be32(1)],
        [2, be32(2)],
      ],
    ],
  ];
}

export function drop(): Expression {
  return verdict(0);
}

/** No later rule is asked. */
export function accept(): Expression {
  return verdict(1);
}

function verdict(code: number): Expression {
  return ["immediate", [[1, be32(0)], nested(2, [nested(2, [[1, be32(code)]])])]];
}

export function ipBytes(address: string): Uint8Array {
  return parseIpAddress(address) ?? new Uint8Array(4);
}

function loadKey(parts: readonly KeyPart[]): Expression[] {
  let register = REGISTER;
  return parts.map(([base, offset, length]) => {
    const loaded = load(base, offset, length, register);
    register += registersOf(length);
    return loaded;
  });
}

function registersOf(length: number): number {
  return Math.ceil(length / REGISTER_BYTES);
}

function load(base: keyof typeof BASE, offset: number, length: number, register: number = REGISTER): Expression {
  return [
    "payload",
    [
      [1, be32(register)],
      [2, be32(BASE[base])],
      [3, be32(offset)],
      [4, be32(length)],
    ],
  ];
}

function compare(value: Uint8Array): Expression {
  return ["cmp", [[1, be32(REGISTER)], [2, be32(0)], data(3, value)]];
}

function data(type: number, value: Uint8Array): Attribute {
  return nested(type, [[1, value]]);
}

const NESTED = 0x8000;
const NETLINK_HEADER_BYTES = 16;

/** Attributes within an attribute. */
export function nested(type: number, attributes: readonly Attribute[]): Attribute {
  const framed = encodeNetlinkMessage({ type: 0, flags: 0, sequence: 0, body: new Uint8Array() }, attributes);
  return [type | NESTED, framed.subarray(NETLINK_HEADER_BYTES)];
}

/** A number as the packet filter has it: big-endian. */
export function be32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}
