import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BatchedAccessLog } from "../../../proxy/shell/access-log.ts";
import { recordOf } from "../lib/core-values.ts";

test("lines are written whole and in order, also those that begin another batch or are larger than one", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "lbpair-log-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const path = join(dir, "log");
  const fd = openSync(path, "w");
  const log = new BatchedAccessLog(fd, "<6>");
  log.configure({ access: "json", level: "info" });
  const lengths = Array.from({ length: 300 }, (_, index) => (index === 150 ? 100_000 : index));
  for (const length of lengths) log.write(recordOf({ because: "x".repeat(length) }));
  await log.close();
  closeSync(fd);
  const lines = readFileSync(path, "utf8").split("\n");
  assert.equal(lines.pop(), "");
  assert.ok(lines.every((line) => line.startsWith("<6>{")));
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line.slice("<6>".length)) as { because: string }).because.length),
    lengths,
  );
  assert.equal(log.droppedLines, 0);
});
