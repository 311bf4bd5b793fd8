import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { DirectReader } from "../../../proxy/shell/direct-read.ts";

const isBun = "bun" in process.versions;

function readOf(bytes: Buffer): Buffer {
  const reads: Buffer[] = [];
  const socket = new Socket();
  new DirectReader(socket, (read) => reads.push(read));
  socket.push(bytes);
  socket.destroy();
  const [read] = reads;
  assert.ok(read !== undefined);
  return read;
}

// Bun's buffers are as long as what came; Node 26 reads from TLS into 64 kB each time.
if (isBun) {
  test("a read is handed on as it came", () => {
    const large = Buffer.alloc(65_536, "x");
    assert.equal(readOf(large.subarray(100, 500)).buffer, large.buffer);
  });
} else {
  test("what is kept of a small read keeps no large buffer alive", () => {
    const large = Buffer.alloc(65_536, "x");
    const read = readOf(large.subarray(100, 500));
    assert.deepEqual(read, Buffer.alloc(400, "x"));
    assert.equal(read.buffer.byteLength, 400);
  });
}

test("a read that fills its buffer is not copied", () => {
  const large = Buffer.alloc(65_536, "x");
  const read = readOf(large.subarray(0, 64_000));
  assert.equal(read.buffer, large.buffer);
});
