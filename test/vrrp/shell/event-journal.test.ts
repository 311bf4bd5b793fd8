import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openEventJournal } from "../../../vrrp/shell/event-journal.ts";

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "lbpair-journal-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, "state");
}
const trouble = (because: string) => assert.fail(because);
const line = (number: number) => `${JSON.stringify({ event: "state", number })}\n`;

test("what was appended is known after a restart, and a half-written line is no event", (t) => {
  const directory = temporary(t);
  const first = openEventJournal(directory, trouble);
  first.append(line(1));
  first.append(line(2));
  assert.equal(readFileSync(join(directory, "events.jsonl"), "utf8"), line(1) + line(2));
  appendFileSync(join(directory, "events.jsonl"), '{"event":"sta');
  const second = openEventJournal(directory, trouble);
  second.append(line(3));
  assert.deepEqual(second.newest(2), [{ event: "state", number: 3 }]);
  assert.deepEqual(
    openEventJournal(directory, trouble).newest(10),
    [1, 2, 3].map((number) => ({ event: "state", number })),
  );
});

test("a full file is put aside and read all the same", (t) => {
  const directory = temporary(t);
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "events.jsonl");
  writeFileSync(path, " ".repeat(4_000_000 - line(1).length) + line(1));
  const journal = openEventJournal(directory, trouble);
  journal.append(line(2));
  assert.equal(readFileSync(path, "utf8"), line(2));
  assert.deepEqual(
    openEventJournal(directory, trouble).newest(2),
    [1, 2].map((number) => ({ event: "state", number })),
  );
});

test("a disk that takes nothing is told of once; what happened is known for as long as the process lives", (t) => {
  const directory = temporary(t);
  writeFileSync(directory, "a file where a directory should be");
  const told: string[] = [];
  const journal = openEventJournal(directory, (because) => told.push(because));
  journal.append(line(1));
  journal.append(line(2));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /EEXIST|ENOTDIR/);
  assert.deepEqual(journal.newest(1), [{ event: "state", number: 2 }]);
});
