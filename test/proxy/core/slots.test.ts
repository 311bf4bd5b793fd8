import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppInput, appSchema } from "../../../config/app.ts";
import { assignSlots, NO_SLOTS } from "../../../proxy/core/slots.ts";

const backends = { a: { address: "10.0.0.1:80" }, b: { address: "10.0.0.2:80" } };
const appWith = (app: string, more: Partial<AppInput>) => appSchema.parse({ app, path: `/${app}/`, backends, ...more });
const leastconn = { balance: { algorithm: "leastconn" } } as const;

test("only what is limited, or balanced by load, is counted across workers", () => {
  const plain = appWith("plain", {});
  const unbounded = appWith("hash", { balance: { algorithm: "hash", hashLoadPercent: 0 } });
  assert.deepEqual(assignSlots(NO_SLOTS, [plain, unbounded], {}), {});
  const limited = appWith("app1", { backends: { ...backends, a: { address: "10.0.0.1:80", sessionsMax: 1 } } });
  assert.deepEqual(assignSlots(NO_SLOTS, [plain, limited], {}), {
    "app app1": 0,
    "backend app1 a 10.0.0.1:80": 1,
    "backend app1 b 10.0.0.2:80": 2,
  });
  assert.deepEqual(Object.values(assignSlots(NO_SLOTS, [appWith("app2", leastconn)], {})), [0, 1, 2]);
});

test("what stays keeps its slot, one that is free is given again only by the change after", () => {
  const [one, two, three] = ["one", "two", "three"].map((name) => appWith(name, leastconn));
  if (one === undefined || two === undefined || three === undefined) throw new Error("three apps");
  const first = assignSlots(NO_SLOTS, [one, two], {});
  assert.deepEqual(Object.values(first), [0, 1, 2, 3, 4, 5]);
  const second = assignSlots(first, [two, three], {});
  assert.deepEqual(Object.values(second), [3, 4, 5, 6, 7, 8]);
  assert.deepEqual(Object.values(assignSlots(second, [two, three, one], {})), [3, 4, 5, 6, 7, 8, 0, 1, 2]);
});

test("a backend that is leaving is counted as before", () => {
  const app = appWith("app1", { ...leastconn, backends: { b: backends.b } });
  const config = appWith("app1", {}).backends["a"];
  if (config === undefined) throw new Error("no backend");
  const slots = assignSlots(NO_SLOTS, [app], { app1: { a: { config, sinceMs: 0 } } });
  assert.deepEqual(Object.keys(slots), ["app app1", "backend app1 b 10.0.0.2:80", "backend app1 a 10.0.0.1:80"]);
});
