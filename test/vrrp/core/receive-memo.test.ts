import assert from "node:assert/strict";
import { test } from "node:test";
import { type Arrival, receiveIpv4 } from "../../../vrrp/core/receive.ts";
import { ReceiveMemo } from "../../../vrrp/core/receive-memo.ts";
import { encodeAdvertisement } from "../../../vrrp/wire/advertisement.ts";
import { encodeIpv4Packet } from "../../../vrrp/wire/ipv4.ts";
import { settings } from "./fixtures.ts";

const OWN = "192.0.2.11";
const endpoints = { source: "192.0.2.12", destination: "224.0.0.18" };
const advert = {
  version: 3,
  vrid: 51,
  priority: 200,
  intervalMs: 100,
  addresses: ["192.0.2.100"],
  authentication: { kind: "none" },
} as const;
const packet = (identification: number) =>
  encodeIpv4Packet(
    endpoints.source,
    endpoints.destination,
    identification,
    encodeAdvertisement(advert, 4, endpoints, "pseudo-header"),
  );

const arrival = (packet: Uint8Array): Arrival => {
  // The socket's buffer is longer, and holds what came before.
  const buffer = new Uint8Array(100).fill(0x77);
  buffer.set(packet);
  return { family: 4, buffer, length: packet.length, sender: new Uint8Array() };
};

test("a packet like the last is not read again; any other bit, other settings or another own address is", () => {
  const memo = new ReceiveMemo();
  const first = memo.judge(settings, OWN, arrival(packet(1)));
  assert.ok(first.ok);
  assert.equal(memo.judge(settings, OWN, arrival(packet(2))), first);
  for (let bit = 0; bit < 8 * packet(1).length; bit++) {
    if ([4, 5, 10, 11].includes(bit >> 3)) continue;
    const other = packet(3);
    other.set([(other[bit >> 3] ?? 0) ^ (1 << (bit & 7))], bit >> 3);
    memo.judge(settings, OWN, arrival(packet(1)));
    assert.deepEqual(memo.judge(settings, OWN, arrival(other)), receiveIpv4(settings, OWN, other), `bit ${bit}`);
  }
  memo.judge(settings, OWN, arrival(packet(1)));
  assert.deepEqual(memo.judge({ ...settings, vrid: 52 }, OWN, arrival(packet(1))), { ok: false, reason: "other-vrid" });
  memo.judge(settings, OWN, arrival(packet(1)));
  assert.deepEqual(memo.judge(settings, endpoints.source, arrival(packet(1))), { ok: false, reason: "own-source" });
});

test("over IPv6 the sender is no part of the packet, and another one is another packet", () => {
  const memo = new ReceiveMemo();
  const six = { ...settings, family: 6 as const };
  const ends = { source: "fe80::12", destination: "ff02::12" };
  const buffer = encodeAdvertisement({ ...advert, addresses: ["fe80::100"] }, 6, ends, "pseudo-header");
  const from = (last: number): Arrival => {
    const sender = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);
    return { family: 6, buffer, length: buffer.length, sender };
  };
  const first = memo.judge(six, "fe80::11", from(0x12));
  assert.ok(first.ok);
  assert.equal(first.advert.source, "fe80::12");
  assert.equal(memo.judge(six, "fe80::11", from(0x12)), first);
  // The checksum covers the sender.
  assert.deepEqual(memo.judge(six, "fe80::11", from(0x13)), { ok: false, reason: "checksum" });
});
