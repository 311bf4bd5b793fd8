import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openLibc } from "../../daemon/ffi/libc.ts";
import { ProxyLifeline } from "../../vrrp/shell/lifeline/proxy-lifeline.ts";
import { run } from "../vrrp/netns/child.ts";
import { findRuntimes } from "../vrrp/netns/daemon.ts";

const HOLDER = fileURLToPath(new URL("lifeline-holder.ts", import.meta.url));
const skip = process.getuid?.() === 0 ? false : "needs root, to schedule other processes' threads";
if (skip !== false) console.log(`who watches a lifeline: ${skip}`);
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
  const [path = "", thread] = (await holder.until(/\.sock \d+$/, 0)).split(" ");
  const watcher = connect(path);
  let heard = "";
  watcher.on("data", (bytes) => {
    heard += bytes;
  });
  const ended = new Promise<void>((resolve) => watcher.once("end", resolve));
  await new Promise((resolve) => watcher.once("data", resolve));
  return { holder, path, thread: Number(thread), directory, ended, heard: () => heard };
}

/** proc(5), stat: the 41st field, of which the second is in parentheses. */
function policyOf(thread: number): string | undefined {
  const [, fields = ""] = readFileSync(`/proc/${thread}/stat`, "utf8").split(") ");
  return fields.split(" ")[38];
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

  test(`${name}: who watches it lets the thread that holds it run before others, and no other's`, {
    skip,
  }, async (t) => {
    const { path, thread } = await hold(t, runtime);
    const lifeline = new ProxyLifeline(await openLibc());
    t.after(() => lifeline.drop());
    assert.equal(lifeline.follow(path, process.pid), `lifeline: thread ${process.pid} is none of the proxy's`);
    assert.equal(lifeline.follow(path, thread), undefined);
    assert.equal(policyOf(thread), "2"); // SCHED_RR
    assert.equal(policyOf(process.pid), "0");
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
