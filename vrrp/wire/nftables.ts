import { parseIpAddress } from "./ip-address.ts";
import { type Attribute, encodeNetlinkMessage } from "./netlink.ts";

// Rules for the kernel's packet filter (nf_tables, linux/netfilter/nf_tables.h), as few as a switchover needs.
// A batch of messages is one transaction: all of it or nothing.
//
// batch:      begin, table, chain, rule …, end         each: netlink header, nfgenmsg 4, attributes
// nfgenmsg:   family 1, version 1 = 0, resource 2 (big-endian)
// expression: name, data; loads into a register, compares a register, or decides

/** Where rules look: packets that come in, before routing, or leave this host; ARP in either direction. */
export type HookPoint = "ip-in" | "ip-out" | "arp-in" | "arp-out";

export type Rule = readonly Expression[];
export type Expression = readonly [name: string, attributes: readonly Attribute[]];

export type Chain = { readonly at: HookPoint; readonly rules: readonly Rule[] };

const SUBSYSTEM = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const NEW_TABLE = (SUBSYSTEM << 8) | 0;
const DELETE_TABLE = (SUBSYSTEM << 8) | 2;
const NEW_CHAIN = (SUBSYSTEM << 8) | 3;
const NEW_RULE = (SUBSYSTEM << 8) | 6;

const REQUEST = 0x1;
const ACKNOWLEDGE = 0x4;
const CREATE_APPEND = 0x400 | 0x800;
/** The table goes with the socket that made it, however the process ends. */
const TABLE_FLAG_OWNER = 2;

const FAMILY = { ip: 2, arp: 3, ip6: 10 } as const;
export type TableFamily = keyof typeof FAMILY;
/** Hook number and priority: before connection tracking, which has no say in this. */
const HOOKS: Readonly<Record<HookPoint, readonly [hook: number, priority: number]>> = {
  "ip-in": [0, -300],
  "ip-out": [3, -300],
  "arp-in": [0, 0],
  "arp-out": [1, 0],
};

/** Messages that make a table; the answers carry the same sequence. */
export function encodeNewTable(
  family: TableFamily,
  name: string,
  chains: readonly Chain[],
  sequence: number,
): Uint8Array {
  const table: Attribute[] = [
    [1, text(name)],
    [2, be32(TABLE_FLAG_OWNER)],
  ];
  const messages = chains.flatMap(({ at, rules }) => {
    const [hook, priority] = HOOKS[at];
    const chain: Attribute[] = [
      [1, text(name)],
      [3, text(at)],
      nested(4, [
        [1, be32(hook)],
        [2, be32(priority)],
      ]),
      [7, text("filter")],
    ];
    const encodeRule = (rule: Rule): Uint8Array =>
      message(NEW_RULE, family, CREATE_APPEND, sequence, [
        [1, text(name)],
        [2, text(at)],
        nested(4, rule.map(element)),
      ]);
    return [message(NEW_CHAIN, family, CREATE_APPEND, sequence, chain), ...rules.map(encodeRule)];
  });
  return batch([message(NEW_TABLE, family, CREATE_APPEND, sequence, table), ...messages], sequence);
}

/** Messages that remove a table and all in it. */
export function encodeDeleteTable(family: TableFamily, name: string, sequence: number): Uint8Array {
  return batch([message(DELETE_TABLE, family, 0, sequence, [[1, text(name)]])], sequence);
}

/** Header that an offset counts from. */
const BASE = { network: 1, transport: 2 } as const;

/** The bytes at an offset are these. */
export function bytesAre(base: keyof typeof BASE, offset: number, value: Uint8Array): Expression[] {
  return [load(base, offset, value.length), compare(value)];
}

/** Of the byte at an offset, none of the bits is set. */
export function bitsAreClear(base: keyof typeof BASE, offset: number, bits: number): Expression[] {
  const mask: Attribute[] = [
    [1, be32(1)],
    [2, be32(1)],
    [3, be32(1)],
    data(4, Uint8Array.of(bits)),
    data(5, Uint8Array.of(0)),
  ];
  return [load(base, offset, 1), ["bitwise", mask], compare(Uint8Array.of(0))];
}

/** The transport protocol is this one. */
export function protocolIs(protocol: number): Expression[] {
  return [
    [
      "meta",
      [
        [1, be32(1)],
        [2, be32(16)],
      ],
    ],
    compare(Uint8Array.of(protocol)),
  ];
}

/** No connection of this host's takes the packet, only a listener on all addresses would. */
export function isForListenerOnly(): Expression[] {
  return [
    [
      "socket",
      [
        [1, be32(2)],
        [2, be32(1)],
      ],
    ],
    compare(Uint8Array.of(1)),
  ];
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
  return ["immediate", [[1, be32(0)], nested(2, [nested(2, [[1, be32(0)]])])]];
}

export function ipBytes(address: string): Uint8Array {
  return parseIpAddress(address) ?? new Uint8Array(4);
}

function load(base: keyof typeof BASE, offset: number, length: number): Expression {
  return [
    "payload",
    [
      [1, be32(1)],
      [2, be32(BASE[base])],
      [3, be32(offset)],
      [4, be32(length)],
    ],
  ];
}

function compare(value: Uint8Array): Expression {
  return ["cmp", [[1, be32(1)], [2, be32(0)], data(3, value)]];
}

function element([name, attributes]: Expression): Attribute {
  return nested(1, [[1, text(name)], nested(2, attributes)]);
}

function data(type: number, value: Uint8Array): Attribute {
  return nested(type, [[1, value]]);
}

function batch(messages: readonly Uint8Array[], sequence: number): Uint8Array {
  const mark = (type: number) =>
    encodeNetlinkMessage({ type, flags: REQUEST, sequence, body: Uint8Array.of(0, 0, 0, SUBSYSTEM) }, []);
  const parts = [mark(BATCH_BEGIN), ...messages, mark(BATCH_END)];
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function message(
  type: number,
  family: TableFamily,
  flags: number,
  sequence: number,
  attributes: readonly Attribute[],
): Uint8Array {
  const body = Uint8Array.of(FAMILY[family], 0, 0, 0);
  return encodeNetlinkMessage({ type, flags: REQUEST | ACKNOWLEDGE | flags, sequence, body }, attributes);
}

const NESTED = 0x8000;
const NETLINK_HEADER_BYTES = 16;

function nested(type: number, attributes: readonly Attribute[]): Attribute {
  const framed = encodeNetlinkMessage({ type: 0, flags: 0, sequence: 0, body: new Uint8Array() }, attributes);
  return [type | NESTED, framed.subarray(NETLINK_HEADER_BYTES)];
}

function be32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}
