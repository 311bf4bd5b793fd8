import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeIcmpv6Sender,
  decodeNeighborAdvertisement,
  encodeEchoToAll,
  encodeNeighborAdvertisement,
  encodeNeighborSolicitation,
} from "../../../vrrp/wire/neighbor-discovery.ts";
import { filterIcmpv6, filterNeighborAdvertisements } from "../../../vrrp/wire/socket-filter.ts";
import { hexOf } from "./vectors.ts";

const MAC = "02:00:00:00:00:11";
const TARGET = "2001:db8::abcd:100";

test("RFC4861-4.3: a question goes to the group of those whose address ends so, and says who asks", () => {
  assert.equal(
    hexOf(encodeNeighborSolicitation(MAC, "fe80::11", TARGET)),
    [
      ...["3333ffcd0100", "020000000011", "86dd", "60000000", "0020", "3a", "ff"],
      ...["fe800000000000000000000000000011", "ff0200000000000000000001ffcd0100"],
      ...["87009ca8", "00000000", "20010db80000000000000000abcd0100", "0101020000000011"],
    ].join(""),
  );
});

test("RFC4443-4.1: a call to all hosts of a link is an echo request without data", () => {
  assert.equal(
    hexOf(encodeEchoToAll(MAC, "fe80::11")),
    [
      ...["333300000001", "020000000011", "86dd", "60000000", "0008", "3a", "ff"],
      ...["fe800000000000000000000000000011", "ff020000000000000000000000000001", "8000822700000000"],
    ].join(""),
  );
});

test("what an advertisement claims is read back; a question claims nothing, and comes from somebody", () => {
  assert.deepEqual(decodeNeighborAdvertisement(encodeNeighborAdvertisement(MAC, TARGET)), {
    mac: MAC,
    address: TARGET,
  });
  const question = encodeNeighborSolicitation(MAC, "fe80::11", TARGET);
  assert.deepEqual([decodeNeighborAdvertisement(question), decodeIcmpv6Sender(question)], [undefined, MAC]);
});

test("RFC4861-7.1.2: what was routed, has another code, is cut or is no ICMPv6 claims nothing", () => {
  const frame = encodeNeighborAdvertisement(MAC, TARGET);
  for (const [at, what] of [
    [12, "Ethernet type"],
    [20, "next header"],
    [21, "hop limit"],
    [54, "type"],
    [55, "code"],
  ] as const) {
    const other = frame.slice();
    other.set([0x40], at);
    assert.equal(decodeNeighborAdvertisement(other), undefined, what);
  }
  for (let length = 0; length < 78; length++)
    assert.equal(decodeNeighborAdvertisement(frame.subarray(0, length)), undefined);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => void decodeNeighborAdvertisement(bytes)));
});

const [ALL, NOTHING] = ["0600000000000400", "0600000000000000"];
const IS_ICMPV6 = ["3000000014000000", "150001003a000000", NOTHING];

test("the filter for signs of life lets ICMPv6 through", () => {
  assert.equal(hexOf(filterIcmpv6()), [...IS_ICMPV6, ALL].join(""));
});

test("the filter for claims compares an address word by word, and a word that differs leads to the next address", () => {
  const address = Uint8Array.from(Buffer.from("20010db80000000000000000abcd0100", "hex"));
  const block = [
    ...["200000003e000000", "15000007b80d0120", "2000000042000000", "1500000500000000"],
    ...["2000000046000000", "1500000300000000", "200000004a000000", "150000010001cdab", ALL],
  ];
  assert.equal(
    hexOf(filterNeighborAdvertisements([address, address])),
    [...IS_ICMPV6, "3000000036000000", "1500010088000000", NOTHING, ...block, ...block, NOTHING].join(""),
  );
});
