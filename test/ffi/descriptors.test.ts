import assert from "node:assert/strict";
import { fstatSync, readSync } from "node:fs";
import { test } from "node:test";
import { handDescriptor, openDescriptorWay, takeDescriptors } from "../../daemon/ffi/descriptors.ts";
import { openLibc } from "../../daemon/ffi/libc.ts";

const libc = await openLibc();

test("a descriptor arrives with its word, as one of the receiver's own", () => {
  const [here = -1, there = -1] = openDescriptorWay(libc) ?? [];
  const bell = libc.eventfd();
  assert.deepEqual(takeDescriptors(libc, there), []);
  assert.ok(handDescriptor(libc, here, { word: "tcp * 80", fd: bell }) > 0);
  assert.ok(handDescriptor(libc, here, { word: "tls * 443", fd: bell }) > 0);
  const taken = takeDescriptors(libc, there);
  assert.deepEqual(
    taken.map(({ word }) => word),
    ["tcp * 80", "tls * 443"],
  );
  const [first = -1, second = -1] = taken.map(({ fd }) => fd);
  assert.equal(new Set([bell, first, second]).size, 3);
  assert.equal(libc.notify(first), 8);
  const count = new Uint8Array(8);
  assert.equal(readSync(second, count), 8);
  assert.equal(count[0], 1);
  assert.equal(fstatSync(bell).ino, fstatSync(first).ino);
  for (const fd of [here, there, bell, first, second]) libc.close(fd);
});

test("a way whose other end is gone has nothing more", () => {
  const [here = -1, there = -1] = openDescriptorWay(libc) ?? [];
  libc.close(here);
  assert.deepEqual(takeDescriptors(libc, there), []);
  assert.ok(handDescriptor(libc, there, { word: "x", fd: there }) < 0);
  libc.close(there);
});
