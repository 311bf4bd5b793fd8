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

test("what can't be written says so", () => {
  assert.throws(() => overwrite(4_096, Buffer.from("nothing is there")), /EIO|EFAULT|input\/output/i);
});
