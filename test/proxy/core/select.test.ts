import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { App } from "../../../proxy/core/app.ts";
import { selectBackend } from "../../../proxy/core/select.ts";
import { appOf, backendOf, setUp } from "../lib/core-values.ts";

function sequence(app: App, count: number): string {
  return Array.from({ length: count }, () => selectBackend(app, [])?.name ?? "-").join("");
}

function weighted(a: number, b: number, c: number): App {
  const address = "10.0.0.1:80";
  return appOf("/x/", {
    backends: { a: { address, weight: a }, b: { address, weight: b }, c: { address, weight: c } },
  });
}

test("roundrobin takes turns", () => {
  assert.equal(sequence(appOf("/x/"), 7), "abcabca");
});

test("roundrobin with weights 5, 1, 1 is smooth", () => {
  assert.equal(sequence(weighted(5, 1, 1), 14), "aabacaaaabacaa");
});

test("roundrobin gives each backend its weight in every round", () => {
  const weight = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(weight, weight, weight, (a, b, c) => {
      const taken = sequence(weighted(a, b, c), a + b + c);
      assert.deepEqual(
        ["a", "b", "c"].map((name) => taken.split(name).length - 1),
        [a, b, c],
      );
    }),
  );
});

test("weight 0 gets no new sessions", () => {
  assert.equal(sequence(weighted(1, 0, 1), 4), "acac");
  assert.equal(sequence(weighted(0, 0, 0), 1), "-");
});

test("a backend that is down is left out and comes back", () => {
  const app = appOf("/x/");
  setUp(app, "b", false);
  assert.equal(sequence(app, 4), "acac");
  setUp(app, "b", true);
  assert.equal([...sequence(app, 6)].sort().join(""), "aabbcc");
});

test("backups serve only when no other backend is usable, and only the first of them", () => {
  const address = "10.0.0.1:80";
  const app = appOf("/x/", {
    backends: { a: { address }, b: { address, isBackup: true, weight: 0 }, c: { address, isBackup: true } },
  });
  assert.equal(sequence(app, 3), "aaa");
  setUp(app, "a", false);
  assert.equal(sequence(app, 3), "bbb");
  setUp(app, "b", false);
  assert.equal(sequence(app, 3), "ccc");
  setUp(app, "c", false);
  assert.equal(sequence(app, 1), "-");
});

test("a drained primary keeps backups out: it still serves its own sessions", () => {
  const address = "10.0.0.1:80";
  const app = appOf("/x/", { backends: { a: { address, weight: 0 }, b: { address, isBackup: true } } });
  assert.equal(sequence(app, 1), "-");
});

test("a backend that failed this request is taken again only when there is no other", () => {
  const app = appOf("/x/");
  const [a, b, c] = ["a", "b", "c"].map((name) => backendOf(app, name));
  assert.ok(a && b && c);
  assert.equal(selectBackend(app, [a, b])?.name, "c");
  assert.notEqual(selectBackend(app, [c])?.name, "c");
  assert.ok(selectBackend(app, [a, b, c]));
});

test("leastconn takes the backend with the fewest sessions for its weight", () => {
  const app = appOf("/x/", { balance: { algorithm: "leastconn" } });
  backendOf(app, "a").state.traffic.sessions = 2;
  backendOf(app, "b").state.traffic.sessions = 1;
  backendOf(app, "c").state.traffic.sessions = 2;
  assert.equal(selectBackend(app, [])?.name, "b");
});

test("leastconn: equals take turns", () => {
  assert.equal(sequence(appOf("/x/", { balance: { algorithm: "leastconn" } }), 6), "abcabc");
});

test("leastconn: twice the weight, twice the sessions", () => {
  const address = "10.0.0.1:80";
  const app = appOf("/x/", {
    balance: { algorithm: "leastconn" },
    backends: { a: { address, weight: 2 }, b: { address } },
  });
  for (let count = 0; count < 30; count++) {
    const backend = selectBackend(app, []);
    if (backend !== undefined) backend.state.traffic.sessions++;
  }
  assert.deepEqual([backendOf(app, "a").state.traffic.sessions, backendOf(app, "b").state.traffic.sessions], [20, 10]);
});
