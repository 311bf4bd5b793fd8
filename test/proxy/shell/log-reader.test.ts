import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { reloadResultSchema } from "../../../config/status.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";
import { freePort, MAIN, type Runtime, runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";

// Whoever reads the log may stand still (a journal whose disk is slow) or be gone: the proxy serves, and ends when asked.

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const { found, missing } = runtimes();
for (const why of missing) test("the log's reader on Bun", { skip: why }, () => undefined);

for (const runtime of found) {
  test(`${runtime.name}: a log that nobody reads any more stops neither requests nor reloads nor the end`, async () => {
    const { ask, get, child } = await start(runtime, "stands still");
    // Four times what the pipe holds.
    for (let count = 0; count < 30; count++) await get(`/${"x".repeat(8_000)}`);
    assert.deepEqual(await ask("reload"), { isOk: true, problems: [] });
    await get("/");
    assert.deepEqual(await endOf(child), [0, null]);
  });

  test(`${runtime.name}: a daemon outlives the reader of its log`, async () => {
    const { ask, get, child } = await start(runtime, "is gone");
    for (let count = 0; count < 3; count++) {
      await get("/");
      assert.deepEqual(await ask("reload"), { isOk: true, problems: [] });
    }
    assert.deepEqual(await endOf(child), [0, null]);
  });
}

async function start(runtime: Runtime, reader: "stands still" | "is gone") {
  const port = await freePort();
  const directory = new ConfigDirectory({
    "proxy.jsonl": lines(
      { proxy: "lb1", workers: 1 },
      { timeouts: { drainMs: 1_000 } },
      { listener: "http", kind: "http", address: "127.0.0.1", port },
    ),
  });
  cleanUp.push(() => directory.remove());
  const pipe = join(directory.path, "pipe");
  execFileSync("mkfifo", [pipe]);
  // Both ends are open; the daemon has the writing one alone.
  const reading = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(pipe, constants.O_WRONLY);
  const words = ["--config-dir", directory.path, "--run-dir", directory.runPath];
  const child = spawn(runtime.path, [MAIN, ...words], { stdio: ["ignore", writing, "inherit"] });
  cleanUp.push(() => child.kill("SIGKILL"));
  const socket = join(directory.runPath, "status.sock");
  const answers = () => askStatus(socket, { request: "status" }, 10_000).catch(() => undefined);
  while ((await answers()) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  closeSync(writing);
  if (reader === "is gone") closeSync(reading);
  const ask = async (request: "reload") => reloadResultSchema.parse(await askStatus(socket, { request }, 60_000));
  const get = async (path: string) => {
    const client = await RawClient.open(port);
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal((await client.response()).status, 404);
    client.destroy();
  };
  return { ask, get, child };
}

/** Exit status and signal of a daemon that is asked to end. */
function endOf(child: ChildProcess): Promise<[number | null, string | null]> {
  const ended = new Promise<[number | null, string | null]>((resolve) => {
    child.once("exit", (code, signal) => resolve([code, signal]));
  });
  child.kill("SIGTERM");
  return ended;
}
