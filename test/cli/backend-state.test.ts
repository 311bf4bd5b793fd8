import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setBackendState } from "../../cli/backend-state.ts";
import { placesBelow, statusSocketBelow } from "../../cli/places.ts";
import { serveStatus } from "../../daemon/status-socket.ts";

test("an order for a backend reaches the proxy, and its refusal the operator", async () => {
  const root = mkdtempSync(join(tmpdir(), "lbpair-test-"));
  const places = placesBelow(root);
  const path = statusSocketBelow(places, "proxy");
  mkdirSync(dirname(path), { recursive: true });
  const orders: unknown[] = [];
  const refusal = { isOk: false, problems: ['app: want one of this host, got "x"'] };
  const server = await serveStatus(path, {
    status: () => undefined,
    reload: () => Promise.resolve(undefined),
    setBackend: (order) => {
      orders.push(order);
      return order.app === "app1" ? { isOk: true, problems: [] } : refusal;
    },
  });
  assert.equal((await setBackendState(places, "app1", "web1", "drain")).ok, true);
  assert.deepEqual(orders, [{ request: "backend", app: "app1", backend: "web1", state: "drain" }]);
  assert.deepEqual(await setBackendState(places, "x", "web1", "maint"), { ok: false, reasons: refusal.problems });
  await server.close();

  const other = await serveStatus(path, { status: () => undefined, reload: () => Promise.resolve(undefined) });
  const outcome = await setBackendState(places, "app1", "web1", "ready");
  assert.match(outcome.ok ? "" : outcome.reasons.join(), /does not know states of backends/);
  await other.close();
  rmSync(root, { recursive: true, force: true });
});
