import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeArp, encodeGratuitousArp } from "../../../vrrp/wire/arp.ts";
import { decodeIpv4Header, encodeIpv4Packet } from "../../../vrrp/wire/ipv4.ts";
import { encodeIpv6Packet } from "../../../vrrp/wire/ipv6.ts";
import { encodeNeighborAdvertisement } from "../../../vrrp/wire/neighbor-discovery.ts";
import { filterIpv4Vrid, filterIpv6Vrid, filterSources } from "../../../vrrp/wire/socket-filter.ts";
import { ADVERTS, ANNOUNCEMENTS, bytesOf, hexOf } from "./vectors.ts";

const ETHERNET_HEADER_BYTES = 14;
const captured = ADVERTS.filter(({ link }) => link === "ethernet");

for (const vector of captured) {
  test(`packet of vector ${vector.id}: the IPv4 header is read`, () => {
    const packet = bytesOf(vector.hex).subarray(ETHERNET_HEADER_BYTES);
    const decoded = decodeIpv4Header(packet);
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.header, {
      source: vector.ipSrc,
      destination: vector.ipDst,
      ttl: 255,
      protocol: 112,
      payloadStart: 20,
      payloadEnd: packet.length,
    });
  });

  test(`packet of vector ${vector.id} is written byte for byte as keepalived wrote it`, () => {
    const packet = encodeIpv4Packet(vector.ipSrc, vector.ipDst, vector.ipIdent ?? 0, bytesOf(vector.vrrpHex));
    assert.equal(hexOf(packet), vector.hex.slice(2 * ETHERNET_HEADER_BYTES));
  });
}

test("a cut IPv4 header, and a length that lies, are refused", () => {
  const packet = bytesOf(captured[0]?.hex ?? "").subarray(ETHERNET_HEADER_BYTES);
  const refused = { ok: false, reason: "ip-header" };
  for (let length = 0; length < packet.length; length++) {
    assert.deepEqual(decodeIpv4Header(packet.subarray(0, length)), refused);
  }
  const short = packet.slice();
  short.set([0x44], 0);
  assert.deepEqual(decodeIpv4Header(short), refused);
});

test("options of an IPv4 header are stepped over", () => {
  const packet = encodeIpv4Packet("192.0.2.1", "224.0.0.18", 1, bytesOf("00000000aabb"));
  packet.set([0x46], 0);
  const decoded = decodeIpv4Header(packet);
  assert.ok(decoded.ok);
  assert.equal(hexOf(packet.subarray(decoded.header.payloadStart, decoded.header.payloadEnd)), "aabb");
});

for (const vector of ANNOUNCEMENTS.filter(({ kind }) => kind === "gratuitous-arp")) {
  test(`RFC5227-3: the announcement of ${vector.senderIp} is the frame that keepalived sends`, () => {
    assert.equal(hexOf(encodeGratuitousArp("request", vector.ethSrc, vector.senderIp ?? "")), vector.hex);
  });
}

for (const vector of ANNOUNCEMENTS.filter(({ kind }) => kind === "unsolicited-na")) {
  test(`RFC9568-8.2.2: the announcement of ${vector.target} is the frame that keepalived sends`, () => {
    assert.equal(hexOf(encodeNeighborAdvertisement(vector.ethSrc, vector.target ?? "")), vector.hex);
  });
}

test("RFC9568-5.1.2: over IPv6 the header has traffic class c0, next header 112, hop limit 255, source and group", () => {
  const packet = encodeIpv6Packet("fe80::1", "ff02::12", bytesOf("aabb"));
  const addresses = `fe80${"0".repeat(27)}1` + `ff02${"0".repeat(26)}12`;
  assert.equal(hexOf(packet), `6c000000000270ff${addresses}aabb`);
});

test("the IPv6 filter looks at destination, hop limit and VRID; of unicast packets not at the hop limit", () => {
  const [destination, hopLimit, vrid] = ["300000001800f0ff", "300000000700f0ff", "3000000001000000"];
  const [all, nothing] = ["0600000000000400", "0600000000000000"];
  const isFor51 = ["1500000133000000", all, nothing];
  assert.equal(
    hexOf(filterIpv6Vrid(51, "multicast")),
    [destination, "15000005ff000000", hopLimit, "15000003ff000000", vrid, ...isFor51].join(""),
  );
  assert.equal(hexOf(filterIpv6Vrid(51, "unicast")), [destination, "15000300ff000000", vrid, ...isFor51].join(""));
});

test("the filter of sources looks at the network header, an address after the other", () => {
  const [all, nothing] = ["0600000000000400", "0600000000000000"];
  const isFirst = ["200000000c00f0ff", "150000010b0200c0", all];
  const isSecond = ["200000000c00f0ff", "150000010c0200c0", all];
  const sources = [Uint8Array.of(192, 0, 2, 11), Uint8Array.of(192, 0, 2, 12)];
  assert.equal(hexOf(filterSources(sources)), [...isFirst, ...isSecond, nothing].join(""));
  const source6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11);
  const words = [
    ["200000000800f0ff", "15000007b80d0120"],
    ["200000000c00f0ff", "1500000500000000"],
    ["200000001000f0ff", "1500000300000000"],
    ["200000001400f0ff", "1500000111000000"],
  ];
  assert.equal(hexOf(filterSources([source6])), [...words.flat(), all, nothing].join(""));
});

test("an announcement in reply form differs in its operation only, and both are read back", () => {
  const request = encodeGratuitousArp("request", "02:00:00:00:00:01", "192.0.2.100");
  const reply = encodeGratuitousArp("reply", "02:00:00:00:00:01", "192.0.2.100");
  assert.deepEqual(
    Array.from(reply.keys()).filter((at) => request[at] !== reply[at]),
    [21],
  );
  assert.deepEqual(decodeArp(reply), {
    operation: "reply",
    senderMac: "02:00:00:00:00:01",
    senderAddress: "192.0.2.100",
    targetMac: "ff:ff:ff:ff:ff:ff",
    targetAddress: "192.0.2.100",
  });
  assert.equal(decodeArp(request)?.operation, "request");
});

test("frames that are not ARP are not read as ARP", () => {
  const frame = encodeGratuitousArp("request", "02:00:00:00:00:01", "192.0.2.100");
  for (let length = 0; length < frame.length; length++) assert.equal(decodeArp(frame.subarray(0, length)), undefined);
  for (const at of [12, 14, 16, 18, 19, 20]) {
    const other = frame.slice();
    other.set([0x77], at);
    assert.equal(decodeArp(other), undefined, `byte ${at}`);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void decodeArp(bytes)));
});

test("the filter of a VRID is five instructions: header length, byte behind it, compare, all, nothing", () => {
  const expected = ["b100000000000000", "5000000001000000", "1500000133000000", "0600000000000400", "0600000000000000"];
  assert.equal(hexOf(filterIpv4Vrid(51)), expected.join(""));
});
