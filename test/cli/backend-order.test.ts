import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type BackendOrder, orderBackend } from "../../cli/backend-order.ts";
import { placesBelow, statusSocketBelow } from "../../cli/places.ts";
import { serveStatus } from "../../daemon/status-socket.ts";

test("an order for a backend reaches the proxy, and its refusal the operator", async () => {
  const root = mkdtempSync(join(tmpdir(), "lbpair-test-"));
  const places = placesBelow(root);
  const path = statusSocketBelow(places, "proxy");
  mkdirSync(dirname(path), { recursive: true });
  const orders: unknown[] = [];
  const refusal = { isOk: false, problems: ['app: want one of this host, got "x"'] };
  const shown: string[] = [];
  const order = (app: string, word: BackendOrder, value?: string) =>
    orderBackend(places, app, "web1", word, value, (text) => shown.push(text));
  const server = await serveStatus(path, {
    status: () => undefined,
    reload: () => Promise.resolve(undefined),
    setBackend: (order) => {
      orders.push(order);
      return order.app === "app1" ? { isOk: true, problems: [] } : refusal;
    },
    setWeight: (order) => {
      orders.push(order);
      return { isOk: true, problems: [] };
    },
    shutDown: (order) => {
      orders.push(order);
      return Promise.resolve({ isOk: true, problems: [], ended: 3 });
    },
  });
  assert.equal((await order("app1", "drain")).ok, true);
  assert.deepEqual(orders, [{ request: "backend", app: "app1", backend: "web1", state: "drain" }]);
  assert.deepEqual(await order("x", "maint"), { ok: false, reasons: refusal.problems });

  orders.length = 0;
  for (const weight of ["50%", "7", undefined]) assert.equal((await order("app1", "weight", weight)).ok, true);
  assert.equal((await order("app1", "shutdown")).ok, true);
  const about = { app: "app1", backend: "web1" };
  assert.deepEqual(orders, [
    { request: "weight", ...about, weight: { percent: 50 } },
    { request: "weight", ...about, weight: { weight: 7 } },
    { request: "weight", ...about },
    { request: "shutdown", ...about },
  ]);
  assert.deepEqual(shown, ["3 ended\n"]);
  for (const value of ["257", "-1", "half", ""]) {
    const refused = await order("app1", "weight", value);
    assert.match(refused.ok ? "" : refused.reasons.join(), /^weight: got ".*", want 0\.\.256, percent/);
  }
  const refused = await order("app1", "drain", "5");
  assert.deepEqual(refused, { ok: false, reasons: ['value: got "5", want none for drain'] });
  await server.close();

  const other = await serveStatus(path, { status: () => undefined, reload: () => Promise.resolve(undefined) });
  const outcome = await order("app1", "ready");
  assert.match(outcome.ok ? "" : outcome.reasons.join(), /does not know orders for backends/);
  await other.close();
  rmSync(root, { recursive: true, force: true });
});
