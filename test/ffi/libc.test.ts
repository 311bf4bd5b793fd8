import assert from "node:assert/strict";
import { after, test } from "node:test";
import { errorName, must } from "../../daemon/ffi/errno.ts";
import { openLibc } from "../../daemon/ffi/libc.ts";
import { PollSet } from "../../daemon/ffi/poll-set.ts";
import { AF_UNIX, encodeUnixAddress } from "../../daemon/ffi/sockaddr.ts";
import { openSystemdNotifier, watchdogIntervalMs } from "../../daemon/sd-notify.ts";

const libc = await openLibc();
const SOCK_DGRAM = 2;
const opened: number[] = [];
const open = (fd: number): number => {
  opened.push(must("open", fd));
  return fd;
};
after(() => opened.forEach((fd) => void libc.close(fd)));

const abstractName = (test: string) => `@lbpair-test-${process.pid}-${test}`;

function listen(name: string): number {
  const fd = open(libc.socket(AF_UNIX, SOCK_DGRAM, 0));
  must("bind", libc.bind(fd, encodeUnixAddress(name)));
  return fd;
}

function pollSetOf(...descriptors: readonly number[]): PollSet {
  const set = new PollSet();
  for (const fd of descriptors) set.add(fd);
  return set;
}

test("a failed call returns its error number, negative", () => {
  assert.equal(libc.close(-1), -9);
  assert.equal(errorName(-9), "EBADF");
  assert.equal(errorName(libc.socket(AF_UNIX, 99, 0)), "EINVAL");
  assert.throws(() => must("close", libc.close(-1)), { message: "close: EBADF" });
});

test("a datagram arrives whole, with its sender's address", () => {
  const receiver = listen(abstractName("receiver"));
  const sender = listen(abstractName("sender"));
  const sent = libc.send(sender, Buffer.from("hello"), 0, encodeUnixAddress(abstractName("receiver")));
  assert.equal(sent, 5);
  const buffer = new Uint8Array(64);
  const from = new Uint8Array(110);
  assert.equal(libc.receiveFrom(receiver, buffer, 0, from), 5);
  assert.equal(Buffer.from(buffer.subarray(0, 5)).toString(), "hello");
  const name = encodeUnixAddress(abstractName("sender"));
  assert.deepEqual(from.subarray(0, name.length), name);
});

test("poll says which descriptor can be read, and an eventfd is read only once", () => {
  const quiet = open(libc.eventfd());
  const rung = open(libc.eventfd());
  assert.equal(libc.notify(rung), 8);
  const set = pollSetOf(quiet, rung);
  assert.equal(libc.poll(set, -1), 1);
  assert.deepEqual([set.isReady(0), set.isReady(1)], [false, true]);
  assert.equal(libc.acknowledge(rung), 8);
  assert.equal(errorName(libc.acknowledge(rung)), "EAGAIN");
  assert.equal(libc.poll(set, 0.2), 0);
  assert.equal(set.isReady(1), false);
});

test("a set that is filled again waits for what it has now, however much that is", () => {
  const rung = open(libc.eventfd());
  libc.notify(rung);
  const set = pollSetOf(rung);
  assert.equal(libc.poll(set, 0), 1);
  set.clear();
  for (let count = 0; count < 40; count++) set.add(open(libc.eventfd()));
  set.add(undefined);
  assert.equal(set.count, 40);
  assert.equal(libc.poll(set, 0), 0);
  set.add(rung);
  assert.equal(libc.poll(set, 0), 1);
  assert.deepEqual([set.isReady(39), set.isReady(40)], [false, true]);
});

test("a socket filter that accepts nothing lets nothing through", () => {
  const receiver = listen(abstractName("filtered"));
  const to = encodeUnixAddress(abstractName("filtered"));
  const RETURN_ZERO = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0);
  must("attachFilter", libc.attachFilter(receiver, RETURN_ZERO));
  libc.send(receiver, Buffer.from("x"), 0, to);
  assert.equal(libc.poll(pollSetOf(receiver), 0), 0);
});

test("systemd is told through its socket, and nobody without one", () => {
  const name = abstractName("systemd");
  const systemd = listen(name);
  const notifier = openSystemdNotifier(libc, name);
  assert.equal(notifier.notify("READY=1\nSTATUS=serving"), true);
  const buffer = new Uint8Array(64);
  const length = libc.receive(systemd, buffer, 0);
  assert.equal(Buffer.from(buffer.subarray(0, length)).toString(), "READY=1\nSTATUS=serving");
  notifier.close();
  assert.equal(openSystemdNotifier(libc, undefined).notify("READY=1"), false);
});

test("the watchdog is fed at half of its limit", () => {
  assert.equal(watchdogIntervalMs("3000000"), 1_500);
  assert.equal(watchdogIntervalMs(undefined), undefined);
  assert.equal(watchdogIntervalMs("0"), undefined);
});

test("memory that is mapped twice is the same memory, zeros at first, also when its descriptor is closed", () => {
  const fd = open(libc.createMemory(1 << 20));
  const [one, two] = [libc.mapMemory(fd, 1 << 20), libc.mapMemory(fd, 1 << 20)];
  if (typeof one === "number" || typeof two === "number") throw new Error(`${one} ${two}`);
  must("close", libc.close(opened.pop() ?? -1));
  const [words, same] = [new Int32Array(one), new Int32Array(two)];
  assert.deepEqual([words.length, same[262_143]], [262_144, 0]);
  Atomics.add(words, 262_143, 7);
  assert.equal(Atomics.load(same, 262_143), 7);
  assert.equal(libc.mapMemory(-1, 4_096), -9);
});

test("a thread knows its number, by which it is scheduled", () => {
  const ordinary = 0;
  assert.equal(libc.threadId(), process.pid);
  assert.equal(libc.setScheduler(libc.threadId(), ordinary, 0), 0);
  assert.equal(errorName(libc.setScheduler(-1, ordinary, 0)), "EINVAL");
  assert.equal(errorName(libc.duplicate(-1, 512)), "EBADF");
});
