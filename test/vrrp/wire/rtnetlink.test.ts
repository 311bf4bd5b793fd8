import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  encodeAddressDelete,
  encodeAddressDump,
  encodeAddressSet,
  encodeLinkDump,
} from "../../../vrrp/wire/address-request.ts";
import { decodeAnswer, decodeNetlinkMessages, numberMessage } from "../../../vrrp/wire/netlink.ts";
import { decodeRouteMessage } from "../../../vrrp/wire/rtnetlink.ts";
import { bytesOf, hexOf } from "./vectors.ts";

// Expected bytes are written by hand from linux/rtnetlink.h and linux/if_addr.h.

const request = { interfaceIndex: 2, address: "192.0.2.100", prefixLength: 32 };

test("an IPv4 address is set as a lease, replacing or creating it, and acknowledged", () => {
  const expected = [
    "4c000000" + "1400" + "0505" + "00000000" + "00000000", // length 76, RTM_NEWADDR, REQUEST|ACK|REPLACE|CREATE, no number yet
    "02" + "20" + "00" + "00" + "02000000", // AF_INET, /32, flags, scope, index 2
    "0800" + "0200" + "c0000264", // IFA_LOCAL
    "0800" + "0100" + "c0000264", // IFA_ADDRESS
    "1400" + "0600" + "01000000" + "01000000" + "0000000000000000", // IFA_CACHEINFO: preferred 1 s, valid 1 s
    "0800" + "0800" + "00000000", // IFA_FLAGS
    "0500" + "0b00" + "70000000", // IFA_PROTO 112, padded
  ];
  assert.equal(hexOf(encodeAddressSet(request, 1)), expected.join(""));
});

test("an IPv6 address is set without duplicate address detection, and deprecated", () => {
  const hex = hexOf(encodeAddressSet({ interfaceIndex: 2, address: "2001:db8::100", prefixLength: 128 }, 3));
  assert.ok(hex.includes("1400" + "0600" + "00000000" + "03000000"), "preferred 0 s, valid 3 s");
  assert.ok(hex.includes("0800" + "0800" + "02000000"), "IFA_F_NODAD");
  assert.ok(hex.includes("1400" + "0200" + "20010db8000000000000000000000100"), "IFA_LOCAL");
});

test("an address is removed by its family, prefix, interface and bytes", () => {
  const expected = [
    "28000000" + "1500" + "0500" + "00000000" + "00000000",
    "02" + "20" + "00" + "00" + "02000000",
    "0800" + "0200" + "c0000264",
    "0800" + "0100" + "c0000264",
  ];
  assert.equal(hexOf(encodeAddressDelete(request)), expected.join(""));
});

test("dumps ask for all links and all addresses", () => {
  assert.equal(hexOf(encodeLinkDump()).slice(0, 24), "20000000" + "1200" + "0103" + "00000000");
  assert.equal(hexOf(encodeAddressDump()).slice(0, 24), "18000000" + "1600" + "0103" + "00000000");
});

test("a message can be numbered again and again, up to the highest number", () => {
  const bytes = encodeLinkDump();
  numberMessage(bytes, 0x04030201);
  assert.equal(hexOf(bytes).slice(0, 24), "20000000" + "1200" + "0103" + "01020304");
  numberMessage(bytes, 0xffffffff);
  assert.equal(hexOf(bytes).slice(16, 24), "ffffffff");
});

/** One message: header and body. */
const message = (type: string, body: string, sequence = "09000000") => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(16 + body.length / 2);
  return length.toString("hex") + type + "0000" + sequence + "00000000" + body;
};
const decode = (hex: string) => decodeNetlinkMessages(bytesOf(hex)).map(decodeRouteMessage);

const LINK_ATTRIBUTES = "0900" + "0300" + "6574683000000000" + "0a00" + "0100" + "0200000000010000";
const link = (flags: string) => "00000100" + "02000000" + flags + "00000000" + LINK_ATTRIBUTES;

test("a link with carrier is running; without carrier, or administratively down, it is not", () => {
  const [up] = decode(message("1000", link("43100100")));
  assert.deepEqual(up, {
    kind: "link",
    isGone: false,
    link: { index: 2, name: "eth0", mac: "02:00:00:00:00:01", isLoopback: false, isRunning: true },
  });
  for (const flags of ["03100000", "02100100"]) {
    const [down] = decode(message("1000", link(flags)));
    assert.equal(down?.kind === "link" && down.link.isRunning, false, flags);
  }
  const [gone] = decode(message("1100", link("43100100")));
  assert.equal(gone?.kind === "link" && gone.isGone, true);
});

test("an address is read with its flags and its mark", () => {
  const attributes =
    "0800" +
    "0100" +
    "c0000264" +
    "0800" +
    "0200" +
    "c0000264" +
    "0800" +
    "0800" +
    "40000000" +
    "0500" +
    "0b00" +
    "70000000";
  const [decoded] = decode(message("1500", `0220800002000000${attributes}`));
  assert.deepEqual(decoded, {
    kind: "address",
    isGone: true,
    address: {
      interfaceIndex: 2,
      family: 4,
      address: "192.0.2.100",
      prefixLength: 32,
      protocol: 112,
      isLinkLocal: false,
      isTentative: true,
    },
  });
});

test("answers carry the kernel's error number, and several messages come in one datagram", () => {
  const failed = message("0200", "9dffffff" + "00".repeat(16));
  const done = message("0300", "00000000");
  assert.deepEqual(decode(failed + done + message("6300", "")), [
    { kind: "answer", sequence: 9, result: -99 },
    { kind: "done", sequence: 9 },
    { kind: "other" },
  ]);
});

test("the answer to an order is known by its number", () => {
  const view = (hex: string) => new DataView(bytesOf(hex).slice().buffer);
  assert.equal(decodeAnswer(view(message("0200", "00000000", "09000000")), 9), 0);
  assert.equal(decodeAnswer(view(message("0200", "9dffffff", "ffffffff")), 0xffffffff), -99);
  assert.equal(decodeAnswer(view(message("0200", "00000000", "09000000")), 8), undefined);
  assert.equal(decodeAnswer(view(message("1400", "00000000", "09000000")), 9), undefined);
});

test("cut, lying and random datagrams never throw", () => {
  const whole = bytesOf(message("1000", link("43100100")));
  for (let length = 0; length < whole.length; length++) {
    assert.deepEqual(decodeNetlinkMessages(whole.subarray(0, length)), []);
  }
  fc.assert(
    fc.property(fc.constantFrom("1000", "1500", "0200"), fc.uint8Array({ maxLength: 96 }), (type, body) => {
      decode(message(type, hexOf(body)));
    }),
  );
});
