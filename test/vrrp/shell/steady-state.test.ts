import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { CONTROL_KEY } from "../../../config/paths.ts";
import { vrrpSchema } from "../../../config/vrrp.ts";
import { Engine } from "../../../vrrp/shell/engine.ts";
import type { Command, Report } from "../../../vrrp/shell/engine-messages.ts";
import { encodeAdvertisement } from "../../../vrrp/wire/advertisement.ts";
import { encodeIpv4Packet } from "../../../vrrp/wire/ipv4.ts";
import { type FakeKernel, openFakeKernel } from "./fake-kernel.ts";

// The engine's thread must not be held up by the collection of garbage, so what it does all day makes hardly any: the values of the
// machine (state, step, effect), which are new ones each time an advert comes or goes, and what the kernel says of a renewed lease.
// Waiting, reading, writing and looking after lifelines make none.

/** They were 3, 1250 and 340 (Node 24); with iterators and arrays made anew each turn 4100 and 8600 for the first two. */
const QUIET_BYTES_MAX = 200;
const ACTIVE_BYTES_MAX = 1_900;
const BACKUP_BYTES_MAX = 700;
/** Until the runtime has compiled what it will compile, which on a busy machine it does late: code that waits for it makes half as much garbage again. */
const WARM_UP = 300_000;
const ROUND = 200;
const ROUNDS = 41;

const config = vrrpSchema.parse({
  vrrp: "lb1",
  trackProxy: { isEnabled: false },
  control: { peers: ["192.0.2.12", "198.51.100.12"] },
  instances: { edge: { vrid: 51, priority: 128, addresses: ["192.0.2.100/24"], neighbourWaitMs: 0 } },
});
const keys = new Map([[CONTROL_KEY, new Uint8Array(32)]]);

type Run = { readonly bytesPerTurn: number; readonly state: string; readonly sent: number; readonly received: number };

/**
 * Runs a whole engine turn by turn.
 *
 * @param onSleep  as {@link FakeKernel.onSleep}, from the first turn on
 */
function runEngine(onSleep: (kernel: FakeKernel, turn: number, timeoutMs: number) => number): Run {
  const kernel = openFakeKernel();
  const commands: Command[] = [{ kind: "configure", config, keys }];
  const reports: Report[] = [];
  const rounds: number[] = [];
  let turn = 0;
  let heapBytes = 0;
  kernel.onSleep = (timeoutMs) => {
    turn += 1;
    const measured = turn - WARM_UP;
    if (measured >= 0 && measured % ROUND === 0) {
      const now = getHeapStatistics().used_heap_size;
      if (measured > 0) rounds.push((now - heapBytes) / ROUND);
      if (measured === ROUND * ROUNDS) commands.push({ kind: "snapshot", number: 1 }, { kind: "stop" });
      heapBytes = getHeapStatistics().used_heap_size;
    }
    return onSleep(kernel, turn, timeoutMs);
  };
  const { libc, nowMs } = kernel;
  const takeCommand = () => commands.shift();
  new Engine({ libc, nowMs, bell: 99, takeCommand, report: (report) => void reports.push(report) }).run();
  const snapshot = reports.find(({ kind }) => kind === "snapshot");
  const edge = snapshot?.kind === "snapshot" ? snapshot.instances["edge"] : undefined;
  assert.ok(edge !== undefined);
  // The median, so that a collection in one of the rounds does not matter.
  const bytesPerTurn = rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return { bytesPerTurn, state: edge.state, sent: edge.advertsSent, received: edge.advertsReceived };
}

const endpoints = { source: "192.0.2.12", destination: "224.0.0.18" };
const value = {
  version: 3,
  vrid: 51,
  priority: 200,
  intervalMs: 100,
  addresses: ["192.0.2.100"],
  authentication: { kind: "none" },
} as const;
const advert = encodeIpv4Packet(
  endpoints.source,
  endpoints.destination,
  1,
  encodeAdvertisement(value, 4, endpoints, "message-only"),
);

test("a turn in which nothing happens makes no garbage", () => {
  const { state, bytesPerTurn } = runEngine((_, turn) => (turn < 100 ? 1 : 0));
  assert.equal(state, "Backup");
  assert.ok(bytesPerTurn <= QUIET_BYTES_MAX, `${bytesPerTurn} bytes`);
});

test("an Active's turn costs less than 2 kB of heap: its advert and what renews its lease are encoded once", () => {
  const { state, sent, bytesPerTurn } = runEngine((_kernel, _turn, timeoutMs) => timeoutMs);
  assert.equal(state, "Active");
  assert.ok(sent > WARM_UP / 4, `${sent} adverts`);
  assert.ok(bytesPerTurn <= ACTIVE_BYTES_MAX, `${bytesPerTurn} bytes`);
});

test("a Backup's turn costs less than 0.7 kB of heap: an advert like the last is decoded once", () => {
  const { state, received, bytesPerTurn } = runEngine((kernel) => {
    advert[5] = ((advert[5] ?? 0) + 1) & 0xff; // identification: no two packets are the same
    kernel.packet = advert;
    return 100;
  });
  // The last advert comes in the turn of the stop.
  assert.deepEqual([state, received], ["Backup", WARM_UP + ROUND * ROUNDS - 1]);
  assert.ok(bytesPerTurn <= BACKUP_BYTES_MAX, `${bytesPerTurn} bytes`);
});
