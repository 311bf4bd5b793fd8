import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { BatchedAccessLog } from "../../../proxy/shell/access-log.ts";
import { recordOf } from "../lib/core-values.ts";

function fileOf(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "lbpair-log-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return join(dir, "log");
}

test("lines are written whole and in order, also those that begin another batch or are larger than one", async (t) => {
  const path = fileOf(t);
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

/** A pipe that nobody reads until {@link Pipe.read} is called. */
class Pipe {
  readonly fd: number;
  readonly #reading: number;
  #text = "";

  /** @param flags  what else its writing end is opened with */
  constructor(path: string, flags: number) {
    execFileSync("mkfifo", [path]);
    this.fd = openSync(path, constants.O_RDWR | flags);
    this.#reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** Reads until that many lines have come. */
  async read(lines: number): Promise<string[]> {
    const bytes = Buffer.alloc(65_536);
    for (;;) {
      const found = this.#text.split("\n");
      if (found.length > lines) return found.slice(0, -1);
      try {
        this.#text += bytes.toString("latin1", 0, readSync(this.#reading, bytes));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  close(): void {
    closeSync(this.fd);
    closeSync(this.#reading);
  }
}

test("a reader that stands still costs lines, no memory; where they are missing, one says how many", async (t) => {
  const pipe = new Pipe(fileOf(t), 0);
  const log = new BatchedAccessLog(pipe.fd, "");
  log.configure({ access: "json", level: "info" });
  const write = (because: string) => log.write(recordOf({ because }));
  for (let count = 0; count < 200; count++) write("x".repeat(100_000));
  // 8 MiB wait, and one line that began below.
  assert.equal(log.droppedLines, 116);
  assert.equal((await pipe.read(84)).length, 84);
  write("behind");
  const [gap = "", behind = ""] = (await pipe.read(86)).slice(84);
  const { time: _, ...event } = JSON.parse(gap) as Record<string, unknown>;
  assert.deepEqual(event, { level: "warn", daemon: "proxy", event: "accessLog", droppedLines: 116 });
  assert.equal((JSON.parse(behind) as { because: string }).because, "behind");
  await log.close();
  pipe.close();
});

test("a log that nobody reads is closed all the same", async (t) => {
  const pipe = new Pipe(fileOf(t), constants.O_NONBLOCK);
  const log = new BatchedAccessLog(pipe.fd, "");
  log.configure({ access: "json", level: "info" });
  for (let count = 0; count < 10; count++) log.write(recordOf({ because: "x".repeat(100_000) }));
  await log.close();
  assert.equal(log.droppedLines, 0);
  await pipe.read(10); // it tries again until all is written
  pipe.close();
});
