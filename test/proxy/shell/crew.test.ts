import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { proxyStatusSchema, reloadResultSchema } from "../../../config/status.ts";
import { hashPassword } from "../../../daemon/password.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { ask } from "../lib/certified-client.ts";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";
import { DaemonProcess, freePort, type Runtime, runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";

// Several worker processes behind one daemon, on every runtime that is there.

const WORKERS = 3;
const stored = await hashPassword("geheim");
const pem = readFileSync(new URL("../data/a.pem", import.meta.url), "utf8");
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const { found, missing } = runtimes();
for (const why of missing) test("workers on Bun", { skip: why }, () => undefined);

for (const runtime of found) {
  test(`${runtime.name}: workers share the work, and their counts are one`, async () => {
    const { daemon, port, statsPort, status } = await serveWith(runtime);
    const pids = workersOf(await daemon.line(/"event":"started"/));
    assert.equal(pids.length, WORKERS);
    const clients = await Promise.all(Array.from({ length: 24 }, () => RawClient.openTls(port, "a.example")));
    for (const client of clients) assert.equal((await get(client, "/app1/")).status, 200);
    // Workers tell what they count a moment later.
    await until(async () => (await status()).connections === 24 && (await status()).requestsTotal === 24);
    const { apps, isServing } = await status();
    assert.deepEqual([apps["app1"]?.backends["web1"]?.sessionsTotal, isServing], [24, true]);
    await until(async () => /\nhttps,FRONTEND,,,24,24,\d+,24,/.test(await askStats(statsPort, "/stats;csv")));
    for (const client of clients) client.destroy();
    await until(async () => (await status()).connections === 0);
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended(), 0);
  });

  test(`${runtime.name}: a session that began with one worker is resumed by all`, async () => {
    const { daemon, port } = await serveWith(runtime);
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const { session } = await ask({ port, version });
      const asked = await Promise.all(Array.from({ length: 24 }, () => ask({ port, version, session })));
      assert.deepEqual([...new Set(asked.map(({ isReused }) => isReused))], [true]);
    }
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended(), 0);
    assert.deepEqual(
      daemon.lines.filter((line) => line.includes('"event":"tickets"')),
      [],
    );
  });

  test(`${runtime.name}: a worker's death takes no other's connection, and another takes its place`, async () => {
    const { daemon, port, status } = await serveWith(runtime);
    const pids = workersOf(await daemon.line(/"event":"started"/));
    const clients = await Promise.all(Array.from({ length: 24 }, () => RawClient.openTls(port, "a.example")));
    for (const client of clients) assert.equal((await get(client, "/app1/")).status, 200);
    await until(async () => (await status()).requestsTotal === 24);
    process.kill(pids[0] ?? 0, "SIGKILL");
    await daemon.line(/"event":"worker"/);
    const alive = clients.filter((client) => !client.isClosed);
    const answers = await Promise.all(alive.map((client) => get(client, "/app1/").catch(() => undefined)));
    const served = answers.filter((answer) => answer?.status === 200).length;
    assert.ok(served > 0 && served < 24, `${served} of 24 connections were other workers'`);
    // What came into the dead worker's queue meanwhile waits for its successor.
    const later = await Promise.all(Array.from({ length: 24 }, () => RawClient.openTls(port, "a.example")));
    for (const client of later) assert.equal((await get(client, "/app1/")).status, 200);
    await until(async () => (await status()).requestsTotal === 24 + served + 24);
    for (const client of [...clients, ...later]) client.destroy();
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended(), 0);
  });

  test(`${runtime.name}: a reload reaches all workers or none, new listeners too`, async () => {
    const { daemon, directory, port, app, proxy, reload } = await serveWith(runtime);
    const clients = await Promise.all(Array.from({ length: 12 }, () => RawClient.openTls(port, "a.example")));
    const statuses = async (path: string) => {
      const answers = await Promise.all(clients.map((client) => get(client, path)));
      return [...new Set(answers.map(({ status }) => status))];
    };
    directory.write("apps.d/app1.jsonl", app("/other/"));
    assert.deepEqual(await reload(), { isOk: true, problems: [] });
    assert.deepEqual([await statuses("/other/"), await statuses("/app1/")], [[200], [404]]);
    const taken = await RawOrigin.start();
    cleanUp.push(() => taken.close());
    const takenPort = Number(taken.address.split(":")[1]);
    directory.write("apps.d/app1.jsonl", app("/third/"));
    directory.write("proxy.jsonl", proxy({ listener: "clear", kind: "http", address: "127.0.0.1", port: takenPort }));
    const refused = await reload();
    assert.equal(refused.isOk, false);
    assert.match(refused.problems.join(), /EADDRINUSE/);
    assert.deepEqual([await statuses("/other/"), await statuses("/third/")], [[200], [404]]);
    const clearPort = await freePort();
    directory.write("proxy.jsonl", proxy({ listener: "clear", kind: "http", address: "127.0.0.1", port: clearPort }));
    assert.deepEqual(await reload(), { isOk: true, problems: [] });
    const clear = await Promise.all(Array.from({ length: 12 }, () => RawClient.open(clearPort)));
    for (const client of clear) assert.equal((await get(client, "/third/")).status, 200);
    assert.deepEqual(await statuses("/third/"), [200]);
    for (const client of [...clients, ...clear]) client.destroy();
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended(), 0);
  });

  test(`${runtime.name}: a listener that goes may come back at once`, async () => {
    const { daemon, directory, proxy, reload } = await serveWith(runtime);
    const port = await freePort();
    const clear = { listener: "clear", kind: "http", address: "127.0.0.1", port };
    for (let count = 0; count < 10; count++) {
      for (const listeners of [[clear], []]) {
        directory.write("proxy.jsonl", proxy(...listeners));
        assert.deepEqual(await reload(), { isOk: true, problems: [] });
      }
    }
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended(), 0);
  });

  test(`${runtime.name}: what the checks say reaches every worker, and one that comes later`, async () => {
    const { daemon, origin, port, status } = await serveWith(runtime);
    const pids = workersOf(await daemon.line(/"event":"started"/));
    await origin.close();
    await daemon.line(/"event":"health".*"to":"down"/);
    const clients = await Promise.all(Array.from({ length: 12 }, () => RawClient.openTls(port, "a.example")));
    for (const client of clients) assert.equal((await get(client, "/app1/")).status, 503);
    process.kill(pids[0] ?? 0, "SIGKILL");
    await daemon.line(/"event":"worker"/);
    const later = await Promise.all(Array.from({ length: 12 }, () => RawClient.openTls(port, "a.example")));
    for (const client of later) assert.equal((await get(client, "/app1/")).status, 503);
    assert.equal((await status()).apps["app1"]?.backends["web1"]?.state, "down");
    for (const client of [...clients, ...later]) client.destroy();
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended(), 0);
  });
}

async function serveWith(runtime: Runtime) {
  const origin = await RawOrigin.start();
  cleanUp.push(() => origin.close());
  const [port, statsPort] = [await freePort(), await freePort()];
  const app = (path: string) =>
    lines(
      { app: "app1", path },
      { check: { kind: "tcp", intervalMs: 100, fastIntervalMs: 50, rise: 1, fall: 1 } },
      { retries: { attemptsMax: 0 } },
      { backend: "web1", address: origin.address },
    );
  const proxy = (...more: object[]) =>
    lines(
      { proxy: "lb1", workers: WORKERS },
      { stats: { user: "admin", port: statsPort } },
      { timeouts: { drainMs: 1_000 } },
      { listener: "https", kind: "https", address: "127.0.0.1", port },
      ...more,
      { certificate: "default", hostnames: ["a.example"] },
    );
  const directory = new ConfigDirectory({
    "proxy.jsonl": proxy(),
    "apps.d/app1.jsonl": app("/app1/"),
    "tls/default.pem": pem,
    "secrets/stats-password": stored,
  });
  cleanUp.push(() => directory.remove());
  const daemon = new DaemonProcess(runtime, ["--config-dir", directory.path, "--run-dir", directory.runPath]);
  cleanUp.push(() => daemon.signal("SIGKILL"));
  await daemon.line(/"event":"started"/);
  const socket = join(directory.runPath, "status.sock");
  const status = async () => proxyStatusSchema.parse(await askStatus(socket, { request: "status" }, 10_000));
  const reload = async () => reloadResultSchema.parse(await askStatus(socket, { request: "reload" }, 10_000));
  return { daemon, directory, origin, port, statsPort, app, proxy, status, reload };
}

function workersOf(line: string): number[] {
  return (JSON.parse(line) as { workers: number[] }).workers;
}

function get(client: RawClient, path: string) {
  client.send(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
  return client.response();
}

async function askStats(port: number, path: string): Promise<string> {
  const client = await RawClient.open(port);
  client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${btoa("admin:geheim")}\r\n\r\n`);
  const { body } = await client.response();
  client.destroy();
  return body;
}

/** Counts come a moment after what they count. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
