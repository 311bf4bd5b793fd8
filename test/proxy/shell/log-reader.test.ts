import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { proxyStatusSchema, reloadResultSchema } from "../../../config/status.ts";
import { hashPassword } from "../../../daemon/password.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";
import { freePort, MAIN, type Runtime, runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";

// Whoever reads the log may stand still (a journal whose disk is slow) or be gone: the proxy serves, and ends when asked.

const stored = await hashPassword("geheim");
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

  test(`${runtime.name}: lines that the logs of workers had no room for are counted, also those of a worker that has died`, async () => {
    const { get, dropped, workers, child } = await start(runtime, "stands still", 2);
    assert.equal(await dropped(), 0);
    for (let lines = 0; lines === 0; lines = await dropped()) {
      for (let count = 0; count < 50; count++) await get(`/${"x".repeat(30_000)}`);
    }
    const before = await workers();
    const lines = await dropped();
    for (const pid of before) process.kill(pid, "SIGKILL");
    while ((await workers()).some((pid) => before.includes(pid))) await turn();
    assert.ok((await dropped()) >= lines);
    child.kill("SIGKILL");
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

async function start(runtime: Runtime, reader: "stands still" | "is gone", workerCount = 1) {
  const [port, statsPort] = [await freePort(), await freePort()];
  const directory = new ConfigDirectory({
    "proxy.jsonl": lines(
      { proxy: "lb1", workers: workerCount },
      { stats: { user: "admin", port: statsPort } },
      { timeouts: { drainMs: 1_000 } },
      { limits: { headBytesMax: 65_536 } },
      { listener: "http", kind: "http", address: "127.0.0.1", port },
    ),
    "secrets/stats-password": stored,
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
  const status = () => askStatus(socket, { request: "status" }, 10_000);
  while ((await status().catch(() => undefined)) === undefined) await turn();
  closeSync(writing);
  if (reader === "is gone") closeSync(reading);
  const ask = async (request: "reload") => reloadResultSchema.parse(await askStatus(socket, { request }, 60_000));
  const get = async (path: string) => {
    const client = await RawClient.open(port);
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal((await client.response()).status, 404);
    client.destroy();
  };
  const dropped = async () => {
    const client = await RawClient.open(statsPort);
    client.send(`GET /metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${btoa("admin:geheim")}\r\n\r\n`);
    const { body } = await client.response();
    client.destroy();
    return Number(/\nlbpair_access_log_dropped_lines_total (\d+)\n/.exec(body)?.[1]);
  };
  const workers = async () => proxyStatusSchema.parse(await status()).workers;
  return { ask, get, dropped, workers, child };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** Exit status and signal of a daemon that is asked to end. */
function endOf(child: ChildProcess): Promise<[number | null, string | null]> {
  const ended = new Promise<[number | null, string | null]>((resolve) => {
    child.once("exit", (code, signal) => resolve([code, signal]));
  });
  child.kill("SIGTERM");
  return ended;
}
