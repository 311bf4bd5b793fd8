import assert from "node:assert/strict";
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
}
