import assert from "node:assert/strict";
import { test } from "node:test";
import { Admission } from "../../../proxy/core/admission.ts";
import { claimSession, releaseSession, shareState } from "../../../proxy/core/backend.ts";
import { RemainsColumn, sumOfRemains } from "../../../proxy/core/remains.ts";
import { clearColumn, isOlder, prepareShared, SharedCounts, sharedBytes } from "../../../proxy/core/shared-counts.ts";
import { appOf, backendOf } from "../lib/core-values.ts";

/** The memory of so many workers, as each of them sees it. */
function workersOf(count: number): { memory: ArrayBuffer; counts: SharedCounts[] } {
  const memory = new ArrayBuffer(sharedBytes(count));
  prepareShared(memory, 4711);
  return { memory, counts: Array.from({ length: count }, (_, own) => new SharedCounts(memory, count, own)) };
}

test("each worker sees what the others have, row by row", () => {
  const { counts } = workersOf(3);
  for (const [index, each] of counts.entries()) {
    each.connections.publish(index + 1);
    each.slot(7)[1].publish(10 * (index + 1));
  }
  assert.deepEqual(
    counts.map((each) => [each.connections.others(), each.slot(7)[1].others(), each.slot(7)[0].others()]),
    [
      [5, 50, 0],
      [4, 40, 0],
      [3, 30, 0],
    ],
  );
});

test("what a worker had is free when it has died, and nothing else", () => {
  const { memory, counts } = workersOf(2);
  const [dead, alive] = counts;
  dead?.connections.publish(5);
  dead?.slot(131_071)[1].publish(3);
  dead?.addAddress("192.0.2.1", 1);
  alive?.connections.publish(2);
  alive?.addAddress("192.0.2.1", 1);
  clearColumn(memory, 0);
  assert.deepEqual([alive?.connections.others(), alive?.slot(131_071)[1].others()], [0, 0]);
  assert.deepEqual([dead?.connections.others(), dead?.connectionsOf("192.0.2.1")], [2, 1]);
});

test("tickets are in order over all workers, also where their numbers begin again", () => {
  const { memory, counts } = workersOf(2);
  assert.deepEqual(
    [0, 1, 0, 1].map((worker) => counts[worker]?.takeTicket()),
    [1, 2, 3, 4],
  );
  new Int32Array(memory)[0] = 0x7fff_fffe;
  const [last, first] = [counts[0]?.takeTicket() ?? 0, counts[1]?.takeTicket() ?? 0];
  assert.deepEqual([last, first, isOlder(last, first), isOlder(first, last)], [0x7fff_ffff, -0x8000_0000, true, false]);
  new Int32Array(memory)[0] = -1;
  assert.equal(counts[0]?.takeTicket(), 1);
});

test("the oldest ticket elsewhere is found, none is 0", () => {
  const { counts } = workersOf(3);
  const rows = counts.map((each) => each.slot(0)[1]);
  assert.equal(rows[0]?.oldest(), 0);
  rows[0]?.publish(3);
  rows[1]?.publish(9);
  rows[2]?.publish(5);
  assert.deepEqual(
    rows.map((row) => row.oldest()),
    [5, 3, 3],
  );
});

test("connections are limited over all workers: in total, and of an address", () => {
  const { counts } = workersOf(2);
  const [one, two] = counts.map((each) => {
    const admission = new Admission();
    admission.share(each);
    return admission;
  });
  const seats = [one?.takeSeat(3), two?.takeSeat(3), two?.takeSeat(3), one?.takeSeat(3)];
  assert.deepEqual(seats, [true, true, true, false]);
  two?.leaveSeat();
  assert.deepEqual([one?.takeSeat(3), two?.takeSeat(3)], [true, false]);

  const address = "192.0.2.1";
  assert.deepEqual([one?.admits(address, 2), two?.admits(address, 2), two?.admits(address, 2)], [true, true, false]);
  assert.deepEqual([two?.admits("192.0.2.2", 2), two?.admits(address, undefined)], [true, true]);
  two?.leave(address);
  one?.leave(address);
  assert.deepEqual([two?.admits(address, 2), one?.admits(address, 2)], [true, false]);
});

test("of many addresses each has its own count", () => {
  const { counts } = workersOf(2);
  const addresses = Array.from({ length: 5_000 }, (_, index) => `10.${index >> 8}.${index & 255}.7`);
  for (const [index, address] of addresses.entries()) counts[index % 2]?.addAddress(address, 1);
  const wrong = addresses.filter((address) => counts[0]?.connectionsOf(address) !== 1).length;
  assert.ok(wrong <= 5, `${wrong} of 5000 share their count with others`);
});

test("two workers give a backend no more sessions than it may have, and what is given back can be had elsewhere", () => {
  const { counts } = workersOf(2);
  const backends = counts.map((each) => {
    const app = appOf("/app1/", { backends: { a: { address: "10.0.0.1:80", sessionsMax: 3 } } });
    const backend = backendOf(app, "a");
    const [sessions, oldest] = each.slot(0);
    shareState(backend.state, { sessions, oldest });
    return backend;
  });
  const [here, there] = backends;
  if (here === undefined || there === undefined) throw new Error("two workers");
  const claims = [here, there, here, there, here].map((backend) => claimSession(backend, 0));
  assert.deepEqual(claims, [true, true, true, false, false]);
  releaseSession(here.state);
  assert.deepEqual([claimSession(there, 0), claimSession(here, 0)], [true, false]);
  // A worker that no longer counts with the others is no concern of theirs.
  shareState(there.state, undefined);
  assert.deepEqual([claimSession(here, 0), claimSession(here, 0)], [true, true]);
  assert.equal(claimSession(here, 0), false);
});

test("what remains of other daemons is a column like a worker's, in the slots that are in force", () => {
  const { counts } = workersOf(2);
  const [worker, others] = counts;
  if (worker === undefined || others === undefined) throw new Error("two columns");
  const column = new RemainsColumn(others);
  const seen = () => [worker.connections.others(), worker.slot(0)[0].others(), worker.slot(1)[0].others()];
  column.hold({ connections: 5, sessions: { "app1 a 10.0.0.1:80": 2, "app1 b 10.0.0.2:80": 3 } });
  assert.deepEqual(seen(), [5, 0, 0]);
  column.assign({ "app app1": 7, "backend app1 a 10.0.0.1:80": 0 });
  assert.deepEqual(seen(), [5, 2, 0]);
  column.assign({ "app app1": 7, "backend app1 b 10.0.0.2:80": 1 });
  assert.deepEqual(seen(), [5, 0, 3]);
  column.hold({ connections: 0, sessions: {} });
  assert.deepEqual(seen(), [0, 0, 0]);
});

test("what remains of several daemons is added up", () => {
  assert.deepEqual(
    sumOfRemains([
      { connections: 2, sessions: { "app1 a 10.0.0.1:80": 1 } },
      { connections: 3, sessions: { "app1 a 10.0.0.1:80": 2, "app1 b 10.0.0.2:80": 1 } },
    ]),
    { connections: 5, sessions: { "app1 a 10.0.0.1:80": 3, "app1 b 10.0.0.2:80": 1 } },
  );
});
