import assert from "node:assert/strict";
import { test } from "node:test";
import { receiveIpv4 } from "../../../vrrp/core/receive.ts";
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

test("a packet like the last is not read again; any other bit, other settings or another own address is", () => {
  const memo = new ReceiveMemo();
  const first = memo.judge(settings, OWN, packet(1));
  assert.ok(first.ok);
  assert.equal(memo.judge(settings, OWN, packet(2)), first);
  for (let bit = 0; bit < 8 * packet(1).length; bit++) {
    if ([4, 5, 10, 11].includes(bit >> 3)) continue;
    const other = packet(3);
    other.set([(other[bit >> 3] ?? 0) ^ (1 << (bit & 7))], bit >> 3);
    memo.judge(settings, OWN, packet(1));
    assert.deepEqual(memo.judge(settings, OWN, other), receiveIpv4(settings, OWN, other), `bit ${bit}`);
  }
  memo.judge(settings, OWN, packet(1));
  assert.deepEqual(memo.judge({ ...settings, vrid: 52 }, OWN, packet(1)), { ok: false, reason: "other-vrid" });
  memo.judge(settings, OWN, packet(1));
  assert.deepEqual(memo.judge(settings, endpoints.source, packet(1)), { ok: false, reason: "own-source" });
});
