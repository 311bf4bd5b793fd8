import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { proxyStatusSchema, reloadResultSchema, type StatusRequest } from "../../../config/status.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";
import { DaemonProcess, freePort, runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";

// What an operator says of backends, through the status socket to every worker.

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const WORDS = ["drain", "maint", "ready"] as const;

for (const runtime of runtimes().found) {
  for (const workers of [1, 2]) {
    test(`${runtime.name}, ${workers} workers: drain, maint and ready hold at once, everywhere, and through a reload`, async () => {
      const { daemon, port, ask } = await serve(runtime, workers);
      const order = async (state: (typeof WORDS)[number], backend = "b0") =>
        reloadResultSchema.parse(await ask({ request: "backend", app: "app1", backend, state }));
      const stateOf = async () =>
        proxyStatusSchema.parse(await ask({ request: "status" })).apps["app1"]?.backends["b0"]?.state;

      assert.deepEqual(await order("drain"), { isOk: true, problems: [] });
      await daemon.line(/"event":"operator","app":"app1","backend":"b0","from":"ready","to":"drain"/);
      assert.equal(await stateOf(), "drain");
      await settled(port, "", "b1");
      assert.deepEqual(await answers(port, ""), new Set(["b1"]));
      assert.deepEqual(await answers(port, "b0"), new Set(["b0"]));

      await order("maint");
      await settled(port, "b0", "b1");
      assert.deepEqual(await answers(port, "b0"), new Set(["b1"]));

      assert.deepEqual(reloadResultSchema.parse(await ask({ request: "reload" })), { isOk: true, problems: [] });
      assert.equal(await stateOf(), "maint");
      assert.deepEqual(await answers(port, "b0"), new Set(["b1"]));

      await order("ready");
      await settled(port, "b0", "b0");
      assert.deepEqual(await answers(port, ""), new Set(["b0", "b1"]));

      const unknown = await order("maint", "b9");
      assert.deepEqual(unknown, { isOk: false, problems: ['backend: want one of app app1, got "b9"'] });
      daemon.signal("SIGTERM");
      assert.equal(await daemon.ended(), 0);
    });
  }
}

async function serve(runtime: ReturnType<typeof runtimes>["found"][number], workers: number) {
  const origins = await Promise.all(["b0", "b1"].map((name) => RawOrigin.start(() => named(name))));
  for (const origin of origins) cleanUp.push(() => origin.close());
  const port = await freePort();
  const directory = new ConfigDirectory({
    "proxy.jsonl": lines(
      { proxy: "lb1", workers },
      { timeouts: { drainMs: 1_000 } },
      { listener: "http", kind: "http", address: "127.0.0.1", port },
    ),
    "apps.d/app1.jsonl": lines(
      { app: "app1", path: "/app1/" },
      { check: { kind: "none" } },
      ...origins.map(({ address }, index) => ({ backend: `b${index}`, address })),
    ),
  });
  cleanUp.push(() => directory.remove());
  const daemon = new DaemonProcess(runtime, ["--config-dir", directory.path, "--run-dir", directory.runPath]);
  cleanUp.push(() => daemon.signal("SIGKILL"));
  await daemon.line(/"event":"started"/);
  const socket = join(directory.runPath, "status.sock");
  return { daemon, port, ask: (request: StatusRequest) => askStatus(socket, request, 10_000) };
}

function named(name: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;
}

/** Which backends answer on many connections, so that every worker is asked. */
async function answers(port: number, cookie: string): Promise<Set<string>> {
  const clients = await Promise.all(Array.from({ length: 16 }, () => RawClient.open(port)));
  const seen = new Set<string>();
  for (const client of clients) {
    for (let count = 0; count < 2; count++) {
      client.send(`GET /app1/ HTTP/1.1\r\nHost: a\r\nCookie: SRVID_app1=${cookie}\r\n\r\n`);
      seen.add((await client.response()).body);
    }
    client.destroy();
  }
  return seen;
}

/** Until every worker has heard: the message to a worker may be a moment behind the answer to the operator. */
async function settled(port: number, cookie: string, backend: string): Promise<void> {
  for (;;) {
    const seen = await answers(port, cookie);
    if (seen.size === 1 && seen.has(backend)) return;
  }
}
