import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withLock } from "../../cli/lock.ts";
import { done } from "../../cli/outcome.ts";

const directory = mkdtempSync(join(tmpdir(), "lock-"));
after(() => rmSync(directory, { recursive: true }));

test("an operation runs while nobody else holds the lock, again and again", async () => {
  const path = join(directory, "free");
  assert.deepEqual(await withLock(path, async () => done, 0), { ok: true });
  assert.deepEqual(await withLock(path, async () => done, 0), { ok: true });
});

test("while another process holds the lock, an operation does not run; when that one is killed, it does", async () => {
  const path = join(directory, "held");
  const holder = spawn("flock", ["--exclusive", path, "sh", "-c", "echo held; exec sleep 600"], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  await once(holder.stdout, "data");
  let isRun = false;
  const operation = async () => {
    isRun = true;
    return done;
  };
  const refused = await withLock(path, operation, 0);
  assert.equal(isRun, false);
  assert.deepEqual(refused, { ok: false, reasons: ["another lbctl has been changing this host for 0 s: try again"] });
  if (holder.pid !== undefined) process.kill(-holder.pid, "SIGKILL");
  await once(holder, "exit");
  assert.deepEqual(await withLock(path, operation, 5), { ok: true });
});

test("the lock is free again after an operation that threw", async () => {
  const path = join(directory, "thrown");
  await assert.rejects(
    withLock(path, () => Promise.reject(new Error("disk full")), 0),
    /disk full/,
  );
  assert.deepEqual(await withLock(path, async () => done, 0), { ok: true });
});
