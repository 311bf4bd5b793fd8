import assert from "node:assert/strict";
import { after, test } from "node:test";
import { runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { requestText, ServedApp } from "../lib/served-app.ts";

// A backend that its app's document has lost: what is bound to it, and what is under way there.

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const NEVER = { persistence: { drainRemovedMs: 86_400_000 } };

for (const runtime of runtimes().found) {
  for (const workers of [1, 2]) {
    const title = `${runtime.name}, ${workers} workers`;
    const start = async (...sections: object[]) => {
      const app = await ServedApp.start(runtime, { workers, backends: 2, sections });
      cleanUp.push(() => app.end());
      return app;
    };

    test(`${title}: bound sessions stay with a removed backend, new ones go elsewhere, reloads change nothing`, async () => {
      const app = await start(NEVER);
      await app.reload(["b1"], NEVER);
      assert.deepEqual([await app.answers(""), await app.answers("b0")], [new Set(["b1"]), new Set(["b0"])]);
      await app.reload(["b1"], NEVER, { rewrite: { forwarded: true } });
      assert.deepEqual(await app.answers("b0"), new Set(["b0"]));
      const { state, removed, address } = (await app.backend("b0")) ?? {};
      assert.deepEqual([state, address], ["drain", app.origins[0]?.address]);
      assert.ok(removed !== undefined && removed.leavesInMs > 86_000_000, JSON.stringify(removed));
      await app.stop();
    });

    test(`${title}: a removed backend that comes back is itself again, with what was counted and said of it`, async () => {
      const app = await start(NEVER);
      await app.answers("b0");
      await app.ask({ request: "backend", app: "app1", backend: "b0", state: "maint" });
      await app.reload(["b1"], NEVER);
      assert.deepEqual(await app.answers("b0"), new Set(["b1"]));
      await app.reload(["b0", "b1"], NEVER);
      assert.deepEqual([(await app.backend("b0"))?.state, (await app.backend("b0"))?.removed], ["maint", undefined]);
      await app.ask({ request: "backend", app: "app1", backend: "b0", state: "ready" });
      await app.settled("", "b0", "b1");
      while ((await app.backend("b0"))?.sessionsTotal === 0) await new Promise((resolve) => setImmediate(resolve));
      await app.stop();
    });

    test(`${title}: when its time is over a removed backend is gone, and its sessions move`, async () => {
      const app = await start({ persistence: { drainRemovedMs: 50 } });
      await app.reload(["b1"], { persistence: { drainRemovedMs: 50 } });
      await app.settled("b0", "b1");
      while ((await app.backend("b0")) !== undefined) await new Promise((resolve) => setImmediate(resolve));
      await app.stop();
    });

    test(`${title}: 0 moves sessions at once, and yet what is under way ends by itself`, async () => {
      const AT_ONCE = { persistence: { drainRemovedMs: 0 } };
      const app = await start(AT_ONCE);
      const held: (() => void)[] = [];
      const origin = app.origins[0];
      if (origin === undefined) throw new Error("no backend");
      origin.answer = ({ head }) =>
        head.startsWith("GET /ws")
          ? (socket) => {
              socket.removeAllListeners("data");
              socket.on("data", (bytes) => socket.write(bytes));
              socket.write(SWITCHED);
            }
          : (socket) => held.push(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"));
      const [slow, tunnel] = [await RawClient.open(app.port), await RawClient.open(app.port)];
      tunnel.send(requestText("b0", "/app1/ws").replace("\r\n\r\n", UPGRADE));
      assert.equal((await tunnel.response()).status, 101);
      slow.send(requestText("b0"));
      await origin.seen(2);
      await app.reload(["b1"], AT_ONCE);
      assert.equal(await app.backend("b0"), undefined);
      assert.deepEqual(await app.answers("b0"), new Set(["b1"]));
      held[0]?.();
      assert.equal((await slow.response()).body, "late");
      const before = tunnel.text.length;
      tunnel.send("still there");
      await tunnel.has(before + 11);
      assert.equal(tunnel.text.slice(before), "still there");
      slow.destroy();
      tunnel.destroy();
      await app.stop();
    });

    test(`${title}: a new release knows which backends are leaving`, async () => {
      const app = await start(NEVER);
      await app.reload(["b1"], NEVER);
      await app.replace();
      assert.deepEqual([await app.answers(""), await app.answers("b0")], [new Set(["b1"]), new Set(["b0"])]);
      const { state, removed } = (await app.backend("b0")) ?? {};
      assert.deepEqual([state, removed?.document["address"]], ["drain", app.origins[0]?.address]);
      await app.reload(["b0", "b1"], NEVER);
      assert.deepEqual((await app.backend("b0"))?.state, "up");
      await app.stop();
    });
  }

  test(`${runtime.name}: a removed backend is still checked, and left when it is down`, async () => {
    const CHECKED = { ...NEVER, check: { kind: "tcp", intervalMs: 50, fastIntervalMs: 50, rise: 1, fall: 1 } };
    const app = await ServedApp.start(runtime, { workers: 2, backends: 2, sections: [CHECKED] });
    cleanUp.push(() => app.end());
    await app.reload(["b1"], CHECKED);
    assert.deepEqual(await app.answers("b0"), new Set(["b0"]));
    await app.origins[0]?.close();
    await app.daemon.line(/"event":"health","app":"app1","backend":"b0","from":"up","to":"down"/);
    await app.settled("b0", "b1");
    assert.equal((await app.backend("b0"))?.state, "down");
    await app.stop();
  });
}

const SWITCHED =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";
const UPGRADE =
  "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
