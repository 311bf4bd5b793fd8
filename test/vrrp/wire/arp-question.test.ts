import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeArpQuestion } from "../../../vrrp/wire/arp.ts";

test("RFC5227-2.1.1: an ARP probe goes to everyone, with no sender address and no target MAC", () => {
  const frame = encodeArpQuestion("02:00:00:00:00:11", "0.0.0.0", "192.0.2.100");
  assert.equal(
    Buffer.from(frame).toString("hex"),
    [
      ...["ffffffffffff", "020000000011", "0806"],
      ...["0001", "0800", "06", "04", "0001"],
      ...["020000000011", "00000000", "000000000000", "c0000264"],
    ].join(""),
  );
});

test("an ARP question that wants an answer says who asks", () => {
  const frame = encodeArpQuestion("02:00:00:00:00:11", "192.0.2.11", "192.0.2.12");
  assert.equal(Buffer.from(frame.subarray(28)).toString("hex"), "c000020b000000000000c000020c");
});
