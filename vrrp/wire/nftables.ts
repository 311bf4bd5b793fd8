import { type Attribute, encodeNetlinkMessage } from "./netlink.ts";
import { be32, type Expression, nested, text } from "./nft-expressions.ts";

// Rules for the kernel's packet filter (nf_tables, linux/netfilter/nf_tables.h), as few as a switchover needs.
// A batch of messages is one transaction: all of it or nothing.
//
// batch:      begin, table, set …, chain, rule …, end  each: netlink header, nfgenmsg 4, attributes
// nfgenmsg:   family 1, version 1 = 0, resource 2 (big-endian)

/** Where rules look: packets that come in, before routing, or leave this host; ARP in either direction. */
export type HookPoint = "ip-in" | "ip-out" | "arp-in" | "arp-out";

export type Rule = readonly Expression[];

export type Chain = { readonly at: HookPoint; readonly rules: readonly Rule[] };

/** What rules remember of packets, each key for a while; no new one when it is full. */
export type KeySet = {
  readonly name: string;
  readonly keyBytes: number;
  readonly keysMax: number;
  readonly keptMs: number;
};

const SUBSYSTEM = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const NEW_TABLE = (SUBSYSTEM << 8) | 0;
const DELETE_TABLE = (SUBSYSTEM << 8) | 2;
const NEW_CHAIN = (SUBSYSTEM << 8) | 3;
const NEW_RULE = (SUBSYSTEM << 8) | 6;
const NEW_SET = (SUBSYSTEM << 8) | 9;

const REQUEST = 0x1;
const ACKNOWLEDGE = 0x4;
const CREATE_APPEND = 0x400 | 0x800;
/** Keys end, and rules add them. */
const SET_FLAGS_TIMEOUT_EVAL = 0x10 | 0x20;
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
  { sets, chains }: { readonly sets: readonly KeySet[]; readonly chains: readonly Chain[] },
  sequence: number,
): Uint8Array {
  const table: Attribute[] = [
    [1, text(name)],
    [2, be32(TABLE_FLAG_OWNER)],
  ];
  const encodeSet = (set: KeySet, index: number): Uint8Array =>
    message(NEW_SET, family, CREATE_APPEND, sequence, [
      [1, text(name)],
      [2, text(set.name)],
      [3, be32(SET_FLAGS_TIMEOUT_EVAL)],
      [5, be32(set.keyBytes)],
      nested(9, [[1, be32(set.keysMax)]]),
      [10, be32(index + 1)],
      [11, be64(set.keptMs)],
    ]);
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
  return batch(
    [message(NEW_TABLE, family, CREATE_APPEND, sequence, table), ...sets.map(encodeSet), ...messages],
    sequence,
  );
}

/** Messages that remove a table and all in it. */
export function encodeDeleteTable(family: TableFamily, name: string, sequence: number): Uint8Array {
  return batch([message(DELETE_TABLE, family, 0, sequence, [[1, text(name)]])], sequence);
}

function element([name, attributes]: Expression): Attribute {
  return nested(1, [[1, text(name)], nested(2, attributes)]);
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

function be64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
