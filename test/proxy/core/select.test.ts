import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type App, hasUsableBackend } from "../../../proxy/core/app.ts";
import { type Backend, setStanding } from "../../../proxy/core/backend.ts";
import { bindingOf } from "../../../proxy/core/persistence.ts";
import { type Occasion, selectBackend, skipTurns } from "../../../proxy/core/select.ts";
import { appOf, backendOf, setOperator, setUp } from "../lib/core-values.ts";

function choose(app: App, tried: readonly Backend[] = [], more: Partial<Occasion> = {}): Backend | undefined {
  return selectBackend(app, tried, { nowMs: 0, random: () => 0.5, hashKey: undefined, ...more });
}

function sequence(app: App, count: number): string {
  return Array.from({ length: count }, () => choose(app)?.name ?? "-").join("");
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

test("each worker begins with another backend, and then takes turns as well", () => {
  const begun = (worker: number) => {
    const app = appOf("/x/");
    skipTurns(app, worker, 0);
    return app;
  };
  assert.deepEqual(
    [0, 1, 2, 3].map((worker) => sequence(begun(worker), 4)),
    ["abca", "bcab", "cabc", "abca"],
  );
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
  assert.equal(choose(app, [a, b])?.name, "c");
  assert.notEqual(choose(app, [c])?.name, "c");
  assert.ok(choose(app, [a, b, c]));
});

test("leastconn takes the backend with the fewest sessions for its weight", () => {
  const app = appOf("/x/", { balance: { algorithm: "leastconn" } });
  backendOf(app, "a").state.traffic.sessions = 2;
  backendOf(app, "b").state.traffic.sessions = 1;
  backendOf(app, "c").state.traffic.sessions = 2;
  assert.equal(choose(app)?.name, "b");
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
    const backend = choose(app);
    if (backend !== undefined) backend.state.traffic.sessions++;
  }
  assert.deepEqual([backendOf(app, "a").state.traffic.sessions, backendOf(app, "b").state.traffic.sessions], [20, 10]);
});

test("of two that are drawn, the one with fewer sessions is taken", () => {
  const app = appOf("/x/", { balance: { algorithm: "random" } });
  backendOf(app, "a").state.traffic.sessions = 5;
  const drawing = (...numbers: number[]) => choose(app, [], { random: () => numbers.shift() ?? 0 })?.name;
  assert.equal(drawing(0, 0), "b"); // a, then the first of the others
  assert.equal(drawing(0.5, 0), "b");
  assert.equal(drawing(0.99, 0.99), "c");
});

test("random of two follows weights", () => {
  const app = weighted(8, 1, 1);
  const random = appOf("/x/", {
    balance: { algorithm: "random" },
    backends: Object.fromEntries(app.backends.map(({ name, weight, address }) => [name, { weight, address }])),
  });
  // A draw below 0.8 is a; the second draw is among the others, whose load counts for their weight.
  assert.equal(choose(random, [], { random: () => 0.1 })?.name, "a");
});

const hashed = (names: string, more: object = {}) =>
  appOf("/x/", {
    balance: { algorithm: "hash", ...more },
    backends: Object.fromEntries([...names].map((name) => [name, { address: "10.0.0.1:80" }])),
  });
const keys = Array.from({ length: 3_000 }, (_, index) => `192.0.2.${index}`);
const placing = (app: App) => keys.map((hashKey) => choose(app, [], { hashKey })?.name ?? "-");

test("a hash sends the same key to the same backend, and spreads keys evenly", () => {
  const placed = placing(hashed("abc"));
  assert.deepEqual(placing(hashed("abc")), placed);
  for (const name of "abc") {
    const count = placed.filter((other) => other === name).length;
    assert.ok(count > 850 && count < 1_150, `${name}: ${count}`);
  }
});

test("a backend that goes moves only its own keys, and one that comes takes only what is its", () => {
  const [before, without] = [placing(hashed("abcd")), placing(hashed("abc"))];
  for (const [index, name] of before.entries()) if (name !== "d") assert.equal(without[index], name);
  assert.equal(
    before.filter((name) => name === "d").length,
    before.filter((name, index) => name !== without[index]).length,
  );
});

test("with bounded load, a key that all clients share does not fell its backend", () => {
  const app = hashed("abc", { hashLoadPercent: 150 });
  const taken = Array.from({ length: 30 }, () => {
    const backend = choose(app, [], { hashKey: "same" });
    assert.ok(backend !== undefined);
    backend.state.traffic.sessions++;
    return backend.name;
  });
  const most = Math.max(...["a", "b", "c"].map((name) => taken.filter((other) => other === name).length));
  assert.equal(most, 15);
  const unbound = hashed("abc", { hashLoadPercent: 0 });
  for (const { state } of unbound.backends) state.traffic.sessions++;
  assert.equal(new Set(Array.from({ length: 9 }, () => choose(unbound, [], { hashKey: "same" })?.name)).size, 1);
});

test("a request without the field that is hashed takes its turn", () => {
  assert.equal(sequence(hashed("abc"), 3), "abc");
});

test("a backend that has come up gets its part slowly, one that was always up does not", () => {
  const app = appOf("/x/", { balance: { slowStartMs: 10_000 } });
  const b = backendOf(app, "b");
  setUp(app, "b", false);
  setStanding(b.state, { isUp: true, operator: "ready" }, 1_000);
  setUp(app, "b", true);
  const partAt = (nowMs: number) =>
    Array.from({ length: 300 }, () => choose(app, [], { nowMs })?.name).filter((name) => name === "b").length;
  assert.ok(partAt(1_100) <= 3);
  const half = partAt(6_000);
  assert.ok(half > 50 && half < 70, `${half}`); // 0.5 of 2.5
  const whole = partAt(11_000);
  assert.ok(whole >= 99 && whole <= 101, `${whole}`);
});

test("drain keeps bound sessions and takes no new ones, maint takes nothing, ready takes all", () => {
  const app = appOf("/x/");
  setOperator(app, "a", "drain");
  setOperator(app, "b", "maint");
  assert.equal(sequence(app, 3), "ccc");
  assert.deepEqual([bindingOf(app, "a", 0).backend?.name, bindingOf(app, "b", 0).fate], ["a", "down"]);
  setOperator(app, "c", "drain");
  assert.equal(choose(app), undefined);
  assert.equal(hasUsableBackend(app), true);
  for (const name of "abc") setOperator(app, name, "maint");
  assert.equal(hasUsableBackend(app), false);
  for (const name of "abc") setOperator(app, name, "ready");
  assert.equal([...sequence(app, 3)].sort().join(""), "abc");
});

test("backups serve when every other backend is drained", () => {
  const address = "10.0.0.1:80";
  const app = appOf("/x/", { backends: { a: { address }, b: { address, isBackup: true } } });
  setOperator(app, "a", "drain");
  assert.equal(sequence(app, 2), "bb");
});
