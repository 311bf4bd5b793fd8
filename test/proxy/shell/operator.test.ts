import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { reloadResultSchema } from "../../../config/status.ts";
import { runtimes } from "../lib/daemon-process.ts";
import { ServedApp } from "../lib/served-app.ts";

// What an operator says of backends, through the status socket to every worker.

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

for (const runtime of runtimes().found) {
  for (const workers of [1, 2]) {
    test(`${runtime.name}, ${workers} workers: drain, maint and ready hold at once, everywhere, and through a reload`, async () => {
      const app = await ServedApp.start(runtime, { workers, backends: 2 });
      cleanUp.push(() => app.end());
      const order = async (state: "drain" | "maint" | "ready", backend = "b0") =>
        reloadResultSchema.parse(await app.ask({ request: "backend", app: "app1", backend, state }));

      assert.deepEqual(await order("drain"), { isOk: true, problems: [] });
      await app.daemon.line(/"event":"operator","app":"app1","backend":"b0","from":"ready","to":"drain"/);
      assert.equal((await app.backend("b0"))?.state, "drain");
      await app.settled("", "b1");
      assert.deepEqual(await app.answers("b0"), new Set(["b0"]));

      await order("maint");
      await app.settled("b0", "b1");

      assert.deepEqual(reloadResultSchema.parse(await app.ask({ request: "reload" })), { isOk: true, problems: [] });
      assert.equal((await app.backend("b0"))?.state, "maint");
      assert.deepEqual(await app.answers("b0"), new Set(["b1"]));

      await order("ready");
      await app.settled("b0", "b0");
      assert.deepEqual(await app.answers(""), new Set(["b0", "b1"]));

      const unknown = await order("maint", "b9");
      assert.deepEqual(unknown, { isOk: false, problems: ['backend: want one of app app1, got "b9"'] });
      app.daemon.signal("SIGTERM");
      assert.equal(await app.daemon.ended(), 0);
    });
  }

  test(`${runtime.name}: a reload changes the log's level, and says what waits for the next start`, async () => {
    const app = await ServedApp.start(runtime, { workers: 2, backends: 2 });
    cleanUp.push(() => app.end());
    const document = readFileSync(join(app.directory.path, "proxy.jsonl"), "utf8");
    const reload = async (level: string, workers: number) => {
      const changed = document.replace('"workers":2', `"workers":${workers}`);
      app.directory.write("proxy.jsonl", `${changed}${JSON.stringify({ log: { level } })}\n`);
      return reloadResultSchema.parse(await app.ask({ request: "reload" }));
    };
    const say = (state: "maint" | "drain") => app.ask({ request: "backend", app: "app1", backend: "b0", state });
    assert.deepEqual(await reload("error", 3), {
      isOk: true,
      problems: [],
      notices: ["workers: 3 from the next start on, 2 until then"],
    });
    assert.equal((await app.status()).workers.length, 2);
    await say("maint");
    assert.deepEqual(await reload("info", 2), { isOk: true, problems: [] });
    await say("drain");
    await app.daemon.line(/"event":"operator",.*"to":"drain"/);
    assert.deepEqual(
      app.daemon.lines.filter((line) => line.includes('"to":"maint"')),
      [],
    );
    await app.stop();
  });
}
