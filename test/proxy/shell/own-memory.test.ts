import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { overwrite, placesThatBeginWith } from "../../../proxy/shell/own-memory.ts";

test("octets are found where they are in memory, and changed there", async () => {
  // Behind 100 000 others: somewhere in the midst of pages.
  const held = Buffer.concat([Buffer.alloc(100_000), randomBytes(16), Buffer.from("behind it")]);
  const pattern = Buffer.from(held.subarray(100_000, 100_016));
  let found = 0;
  for await (const { address, octets } of placesThatBeginWith(pattern, 25)) {
    if (octets.toString("latin1", 16) !== "behind it") continue;
    found += 1;
    overwrite(address + 16, Buffer.from("CHANGED"));
  }
  assert.ok(found >= 1);
  assert.equal(held.toString("latin1", 100_016), "CHANGEDit");
});

test("none is missed where what is read at a time ends", async () => {
  const stride = 61;
  const count = 340_000; // 20 MB: more than is asked of the page map at a time
  const pattern = randomBytes(16);
  const held = Buffer.alloc(stride * count);
  for (let at = 0; at < held.byteLength; at += stride) pattern.copy(held, at);
  const found = new Set<number>();
  for await (const { address } of placesThatBeginWith(pattern, stride - 1)) found.add(address);
  assert.equal(longestRun(found, stride), count);
  assert.ok(held.includes(pattern)); // what nobody needs any more is not in memory for long
});

test("what can't be written says so", () => {
  assert.throws(() => overwrite(4_096, Buffer.from("nothing is there")), /EIO|EFAULT|input\/output/i);
});

/** How many of the numbers follow each other at this distance, at most. */
function longestRun(numbers: ReadonlySet<number>, distance: number): number {
  let longest = 0;
  for (const first of numbers) {
    if (numbers.has(first - distance)) continue;
    let length = 1;
    while (numbers.has(first + length * distance)) length += 1;
    longest = Math.max(longest, length);
  }
  return longest;
}
