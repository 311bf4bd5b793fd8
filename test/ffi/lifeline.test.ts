import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../vrrp/netns/child.ts";
import { findRuntimes } from "../vrrp/netns/daemon.ts";

const HOLDER = fileURLToPath(new URL("lifeline-holder.ts", import.meta.url));
const { runtimes, missing } = findRuntimes();
for (const reason of missing) console.log(`lifelines without ${reason}`);

/** A process with a lifeline, which ends it at SIGTERM, and all that a watcher hears of it. */
async function hold(t: TestContext, runtime: string) {
  const directory = mkdtempSync(join(tmpdir(), "lbpair-lifeline-"));
  const holder = run(runtime, [HOLDER, directory]);
  t.after(async () => {
    await holder.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  });
  const path = await holder.until(/\.sock$/, 0);
  const watcher = connect(path);
  let heard = "";
  watcher.on("data", (bytes) => {
    heard += bytes;
  });
  const ended = new Promise<void>((resolve) => watcher.once("end", resolve));
  await new Promise((resolve) => watcher.once("data", resolve));
  return { holder, path, directory, ended, heard: () => heard };
}

/** Whether one of these descriptors is the socket. */
function hasSocket(descriptors: string, inode: string): boolean {
  return readdirSync(descriptors).some((fd) => readlinkSync(join(descriptors, fd)) === `socket:[${inode}]`);
}

for (const { name, path: runtime } of runtimes) {
  test(`${name}: a killed process ends its lifeline without a word`, async (t) => {
    const { holder, ended, heard } = await hold(t, runtime);
    holder.signal("SIGKILL");
    await ended;
    assert.equal(heard(), "lbpair lifeline 1\n");
  });

  test(`${name}: one that ends by itself says good-bye, and leaves nothing behind`, async (t) => {
    const { holder, directory, ended, heard } = await hold(t, runtime);
    assert.equal(await holder.kill("SIGTERM"), 0);
    await ended;
    assert.equal(heard(), "lbpair lifeline 1\nb");
    assert.deepEqual(readdirSync(directory), []);
  });

  test(`${name}: the socket is open in one thread alone, whose end does not wait for the others`, async (t) => {
    const { holder, path } = await hold(t, runtime);
    const line = readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .find((each) => each.endsWith(path));
    const inode = line?.split(/\s+/)[6] ?? "";
    const tasks = `/proc/${holder.pid}/task`;
    const owners = readdirSync(tasks).filter((task) => hasSocket(join(tasks, task, "fd"), inode));
    assert.equal(owners.includes(String(holder.pid)), false);
    assert.ok(owners.length > 0);
  });
}
