import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { type ProxyWatch, proxyStatusSchema, reloadResultSchema } from "../../../config/status.ts";
import { eachLine } from "../../../daemon/lines.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { HELLO_TLS13 } from "../lib/client-hellos.ts";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";
import { DaemonProcess, freePort, MAIN, type Runtime, runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";

// A daemon that takes over from another, as a new release does; also from one on another runtime.

const pem = readFileSync(new URL("../data/a.pem", import.meta.url), "utf8");
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const { found, missing } = runtimes();
for (const why of missing) test("succession on Bun", { skip: why }, () => undefined);

for (const old of found) {
  for (const successor of found) {
    for (const workers of old === successor ? [1, 2] : [2]) {
      const title = `${old.name} to ${successor.name}, ${workers} worker${workers > 1 ? "s" : ""}`;
      test(`${title}: a new release takes over without a refused or cut connection`, async () => {
        const { port, backends, status, ask } = await serveWith(old, successor, workers);
        const before = await status();
        const idle = await RawClient.openTls(port, "a.example");
        assert.equal((await get(idle, "/app1/")).status, 200);
        const slow = await RawClient.openTls(port, "a.example");
        const answer = backends.holdNext();
        slow.send("GET /app1/slow HTTP/1.1\r\nHost: a.example\r\n\r\n");
        const respond = await answer;

        const load = new Load(port);
        assert.deepEqual(reloadResultSchema.parse(await ask("replace")), { isOk: true, problems: [] });
        const now = await status();
        assert.notEqual(now.pid, before.pid);
        assert.equal(now.runtime.split(" ")[0], successor.name);
        await load.more(50);
        assert.deepEqual(load.stop(), []);

        // The old one serves its connections for one more request each, and is gone.
        const last = await get(idle, "/app1/");
        assert.deepEqual([last.status, /\r\nConnection: close/i.test(last.head)], [200, true]);
        respond();
        assert.equal((await slow.response()).status, 200);
        await gone(before.pid);
        for (const pid of before.workers) await gone(pid);
        assert.equal((await status()).pid, now.pid);
        process.kill(now.pid, "SIGTERM");
        await gone(now.pid);
      });
    }
  }

  test(`${old.name}: who watches is led to the successor, and what was down stays down`, async () => {
    const { port, backends, socket, status, ask, daemon } = await serveWith(old, old, 2);
    await backends.origin.close();
    await daemon.line(/"event":"health".*"to":"down"/);
    const watched: ProxyWatch[] = [];
    const watcher = connect(socket, () => watcher.write('{"request":"watch"}\n'));
    eachLine(watcher, 10_000, (line) => watched.push(JSON.parse(line)));
    const closed = new Promise((resolve) => watcher.on("close", resolve));
    await ask("replace");
    await closed;
    assert.deepEqual(watched.at(-1), { isServing: true, because: "", hasMoved: true });
    assert.ok(watched.every(({ isServing }) => isServing));
    const client = await RawClient.openTls(port, "a.example");
    assert.equal((await get(client, "/app1/")).status, 503);
    client.destroy();
    const { pid } = await status();
    process.kill(pid, "SIGTERM");
    await gone(pid);
  });

  test(`${old.name}: what an operator has taken out stays out`, async () => {
    const { port, socket, status, ask } = await serveWith(old, old, 2);
    await askStatus(socket, { request: "backend", app: "app1", backend: "web1", state: "maint" }, 10_000);
    await ask("replace");
    const { pid, apps } = await status();
    assert.equal(apps["app1"]?.backends["web1"]?.state, "maint");
    const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.openTls(port, "a.example")));
    for (const client of clients) {
      assert.equal((await get(client, "/app1/")).status, 503);
      client.destroy();
    }
    process.kill(pid, "SIGTERM");
    await gone(pid);
  });

  test(`${old.name}: a tunnel to a passthrough app lives on with the old one`, async () => {
    const { port, backends, directory, status, ask } = await serveWith(old, old, 2);
    const { origin } = backends;
    const passed = [{ passthrough: "shop", hostnames: ["shop.example.com"] }, { check: { kind: "none" } }];
    directory.write("apps.d/shop.jsonl", lines(...passed, { backend: "web1", address: origin.address }));
    assert.equal(reloadResultSchema.parse(await ask("reload")).isOk, true);
    const before = await status();
    const client = await RawClient.open(port);
    client.socket.write(HELLO_TLS13);
    const hello = HELLO_TLS13.toString("latin1");
    await until(() => origin.heard.endsWith(hello));

    await ask("replace");
    const now = await status();
    client.send("more");
    await until(() => origin.heard.endsWith(`${hello}more`));
    // Checks have connections, too.
    origin.sockets[origin.received.indexOf(`${hello}more`)]?.end("answer");
    assert.equal(await client.closed(), "answer");
    client.socket.end();
    for (const pid of [before.pid, ...before.workers]) await gone(pid);
    process.kill(now.pid, "SIGTERM");
    await gone(now.pid);
  });

  test(`${old.name}: a release that does not start changes nothing`, async () => {
    const { port, status, ask, directory, daemon } = await serveWith(old, old, 2);
    const before = await status();
    directory.write("proxy.jsonl", "{ half a file");
    assert.deepEqual(reloadResultSchema.parse(await ask("replace")), {
      isOk: false,
      problems: ["the new release has ended (status 1)"],
    });
    assert.deepEqual((await status()).workers, before.workers);
    const client = await RawClient.openTls(port, "a.example");
    assert.equal((await get(client, "/app1/")).status, 200);
    client.destroy();
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended(), 0);
  });
}

/** One new connection per request, a few at a time, until it is stopped. */
class Load {
  readonly #port: number;
  readonly #problems: string[] = [];
  #done = 0;
  #isStopped = false;
  #wake: (() => void) | undefined;

  constructor(port: number) {
    this.#port = port;
    for (let index = 0; index < 4; index++) void this.#run();
  }

  /** Resolves after so many more. */
  async more(count: number): Promise<void> {
    const goal = this.#done + count;
    while (this.#done < goal) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  stop(): readonly string[] {
    this.#isStopped = true;
    return this.#problems;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const client = await RawClient.openTls(this.#port, "a.example");
        const { status } = await get(client, "/app1/");
        if (status !== 200) this.#problems.push(`status ${status}`);
        client.destroy();
      } catch (error) {
        if (!this.#isStopped) this.#problems.push(String(error));
      }
      this.#done++;
      this.#wake?.();
    }
  }
}

async function serveWith(old: Runtime, successor: Runtime, workers: number) {
  const origin = await RawOrigin.start();
  cleanUp.push(() => origin.close());
  const port = await freePort();
  const directory = new ConfigDirectory({
    "proxy.jsonl": lines(
      { proxy: "lb1", workers },
      { listener: "https", kind: "https", address: "127.0.0.1", port },
      { timeouts: { drainMs: 1_000 } },
      { certificate: "default", hostnames: ["a.example"] },
    ),
    "apps.d/app1.jsonl": lines(
      { app: "app1", path: "/app1/" },
      { check: { kind: "tcp", rise: 1, fall: 1, fastIntervalMs: 50, intervalMs: 100 } },
      { backend: "web1", address: origin.address },
    ),
    "tls/default.pem": pem,
    // In a release this is bin/lbpair-proxy.
    successor: `#!/bin/sh\nexec '${successor.path}' '${MAIN}' "$@"\n`,
  });
  cleanUp.push(() => directory.remove());
  const program = join(directory.path, "successor");
  chmodSync(program, 0o755);
  const words = ["--config-dir", directory.path, "--run-dir", directory.runPath, "--successor", program];
  const daemon = new DaemonProcess(old, words);
  cleanUp.push(() => daemon.signal("SIGKILL"));
  await daemon.line(/"event":"started"/);
  const socket = join(directory.runPath, "status.sock");
  const ask = (request: "reload" | "replace" | "status") => askStatus(socket, { request }, 60_000);
  const status = async () => proxyStatusSchema.parse(await ask("status"));
  return { daemon, directory, port, socket, backends: { origin, holdNext: () => holdNext(origin) }, status, ask };
}

/** Lets the next request wait; resolves, when it is there, with what answers it. */
function holdNext(origin: RawOrigin): Promise<() => void> {
  return new Promise((resolve) => {
    origin.answer = ({ head }) => {
      if (!head.startsWith("GET /slow ")) return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
      return (socket) => resolve(() => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"));
    };
  });
}

function get(client: RawClient, path: string) {
  client.send(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
  return client.response();
}

/** Resolves when there is no such process. */
function gone(pid: number): Promise<void> {
  return until(() => {
    try {
      process.kill(pid, 0);
      return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
    } catch {
      return true;
    }
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
