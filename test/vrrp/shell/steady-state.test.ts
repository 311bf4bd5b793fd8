import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import type { Libc } from "../../../daemon/ffi/libc.ts";
import type { HostNetwork } from "../../../vrrp/core/network.ts";
import { openAnnouncer } from "../../../vrrp/shell/announcer.ts";
import type { RouterTools, Surroundings } from "../../../vrrp/shell/router-hands.ts";
import { VirtualRouter } from "../../../vrrp/shell/virtual-router.ts";
import { encodeAdvertisement } from "../../../vrrp/wire/advertisement.ts";
import { encodeIpv4Packet } from "../../../vrrp/wire/ipv4.ts";
import { settings } from "../core/fixtures.ts";

// The engine's thread must not be held up by the collection of garbage, so what it does all day makes hardly any: the values of the
// machine (state, step, effect), which are new ones each time, and nothing for reading or writing packets.

const EAGAIN = -11;
/** It was 720 and 420 (Node 24). Encoding each advert makes it 8 kB; decoding each, three. */
const ACTIVE_BYTES_MAX = 1_000;
const BACKUP_BYTES_MAX = 600;
/** Until the runtime has compiled what it will compile, which on a busy machine it does late: code that waits for it makes half as much garbage again. */
const WARM_UP = 300_000;
const ROUND = 50;
const ROUNDS = 41;

/** A C library in which everything works and what is to be received is in `inbox`. */
function fakeLibc(inbox: { packet: Uint8Array | undefined }): Libc {
  const ok = () => 0;
  let fd = 100;
  const receive = (_: number, buffer: Uint8Array) => {
    const { packet } = inbox;
    if (packet === undefined) return EAGAIN;
    inbox.packet = undefined;
    buffer.set(packet);
    return packet.length;
  };
  return {
    ...{ bind: ok, listen: ok, setsockopt: ok, attachFilter: ok, close: ok, poll: ok, notify: ok, acknowledge: ok },
    socket: () => fd++,
    send: (_: number, bytes: Uint8Array) => bytes.length,
    receive,
    receiveFrom: receive,
  } as unknown as Libc;
}

const link = { index: 2, name: "eth0", mac: "02:00:00:00:00:11", isLoopback: false, isRunning: true };
const network: HostNetwork = { links: new Map([[2, link]]), addresses: [] };
const surroundings: Surroundings = {
  placement: { ok: true, link, source: "192.0.2.11" },
  network,
  virtual: new Set(["192.0.2.100"]),
  conditions: { faults: [], priority: 128, source: "192.0.2.11" },
  neighbours: [],
};

function startRouter(inbox: { packet: Uint8Array | undefined }): VirtualRouter {
  const libc = fakeLibc(inbox);
  const route = { order: () => 0, dump: () => network, close: () => undefined };
  const filter = { order: () => 0, close: () => undefined };
  const tools: RouterTools = { libc, route, filter, announcer: openAnnouncer(libc), report: () => undefined };
  const router = new VirtualRouter(settings, tools, surroundings, 0);
  router.start(0);
  return router;
}

/** Bytes that a call makes the heap grow by, as the median of rounds, so that a collection in one of them does not matter. */
function bytesPerCall(call: () => void): number {
  for (let count = 0; count < WARM_UP; count++) call();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = getHeapStatistics().used_heap_size;
    for (let count = 0; count < ROUND; count++) call();
    return (getHeapStatistics().used_heap_size - before) / ROUND;
  });
  return rounds.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

test("an advert of an Active costs less than 1 kB of heap: it is encoded once", () => {
  const router = startRouter({ packet: undefined });
  let nowMs = 400;
  const beat = () => {
    nowMs += 100;
    router.receive(nowMs);
    router.fireTimer(nowMs);
  };
  for (let count = 0; count < 100; count++) beat();
  assert.equal(router.snapshot(nowMs).state, "Active");
  const sent = router.snapshot(nowMs).advertsSent;
  beat();
  assert.equal(router.snapshot(nowMs).advertsSent, sent + 1);
  const bytes = bytesPerCall(beat);
  assert.ok(bytes > 0 && bytes < ACTIVE_BYTES_MAX, `${bytes} bytes`);
});

test("an advert like the last costs a Backup less than 0.6 kB of heap: it is decoded once", () => {
  const inbox: { packet: Uint8Array | undefined } = { packet: undefined };
  const router = startRouter(inbox);
  const endpoints = { source: "192.0.2.12", destination: "224.0.0.18" };
  const value = {
    version: 3,
    vrid: 51,
    priority: 200,
    intervalMs: 100,
    addresses: ["192.0.2.100"],
    authentication: { kind: "none" },
  } as const;
  const message = encodeAdvertisement(value, 4, endpoints, "message-only");
  const packet = encodeIpv4Packet(endpoints.source, endpoints.destination, 1, message);
  let nowMs = 0;
  const beat = () => {
    nowMs += 100;
    packet[5] = ((packet[5] ?? 0) + 1) & 0xff;
    inbox.packet = packet;
    router.receive(nowMs);
    router.fireTimer(nowMs);
  };
  for (let count = 0; count < 100; count++) beat();
  const { state, advertsReceived } = router.snapshot(nowMs);
  assert.deepEqual([state, advertsReceived], ["Backup", 100]);
  const bytes = bytesPerCall(beat);
  assert.ok(bytes > 0 && bytes < BACKUP_BYTES_MAX, `${bytes} bytes`);
});
