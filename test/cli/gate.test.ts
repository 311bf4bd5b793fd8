import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { changeDocument } from "../../cli/change.ts";
import { firstHealth, lossesSince, lostApps, type PairHealth, undecidedApps } from "../../cli/health/pair-health.ts";
import { verdictOf } from "../../cli/health/verdict.ts";
import { readReport } from "../../cli/report.ts";
import { renderGroup } from "../../config/app-files.ts";
import { hashDocument } from "../../config/document.ts";
import { type BenchHost, freePort, openBenchHost } from "./lib/bench-host.ts";

const WELL: PairHealth = {
  apps: { app1: { usable: 2, pending: 0, backends: "web1 up L7OK, web2 up L7OK" } },
  routers: { main: "Active" },
  answers: { "203.0.113.10:443/app1/": "200" },
};
const app1 = (usable: number, pending: number) => ({ app1: { usable, pending, backends: "web1 down L4CON" } });

test("an app that had a usable backend and has none is lost, and one that had none is not", () => {
  assert.deepEqual(lostApps(WELL, { ...WELL, apps: app1(0, 0) }), [
    "app app1 has no usable backend any more: web1 down L4CON",
  ]);
  assert.deepEqual(lostApps({ ...WELL, apps: app1(0, 0) }, { ...WELL, apps: app1(0, 0) }), []);
  assert.deepEqual(lostApps(WELL, { ...WELL, apps: app1(1, 0) }), []);
});

test("an app is undecided as long as no backend of it was found well", () => {
  assert.deepEqual(undecidedApps(WELL, { ...WELL, apps: app1(1, 1) }), ["app1"]);
  assert.deepEqual(undecidedApps(WELL, { ...WELL, apps: app1(2, 1) }), []);
  assert.deepEqual(undecidedApps(WELL, { ...WELL, apps: app1(0, 0) }), []);
});

test("a host that takes part no more is a loss; changing roles is none", () => {
  assert.deepEqual(lossesSince(WELL, { ...WELL, routers: { main: "Fault: eth0 is down" } }), [
    "virtual router main was Active, is Fault: eth0 is down",
  ]);
  assert.deepEqual(lossesSince(WELL, { ...WELL, routers: { main: "Backup" } }), []);
});

test("what the proxy says in an app's place is no answer; what the app says is one", () => {
  const answering = (answer: string) => ({ ...WELL, answers: { "203.0.113.10:443/app1/": answer } });
  for (const answer of ["503", "502", "no answer: connect ECONNREFUSED"])
    assert.deepEqual(lossesSince(WELL, answering(answer)), [
      `203.0.113.10:443/app1/ answered 200, answers now: ${answer}`,
    ]);
  for (const answer of ["200", "302", "404"]) assert.deepEqual(lossesSince(WELL, answering(answer)), []);
});

test("what is taken away on purpose is no loss", () => {
  assert.deepEqual(lossesSince(WELL, { apps: {}, routers: {}, answers: {} }), []);
  assert.deepEqual(lostApps(WELL, { apps: {}, routers: {}, answers: {} }), []);
});

test("a host that takes part for the first time must do so, and the site must answer", () => {
  const now: PairHealth = { apps: {}, routers: { main: "Fault: no interface" }, answers: { "a/": "no answer: x" } };
  assert.equal(lossesSince(firstHealth(now), now).length, 2);
  const well: PairHealth = { apps: {}, routers: { main: "Backup" }, answers: { "a/": "404" } };
  assert.deepEqual(lossesSince(firstHealth(well), well), []);
});

/** Looks at a pair one after the other; each takes so long, and shows it as it was when it began. */
async function verdict(looks: readonly { takesMs: number; health: PairHealth }[]) {
  let [nowMs, seen] = [0, 0];
  const look = async () => {
    const { takesMs, health } = looks[seen] ?? { takesMs: 0, health: WELL };
    seen += 1;
    nowMs += takesMs;
    return health;
  };
  const outcome = await verdictOf({
    look,
    wanted: () => WELL,
    graceMs: 5_000,
    firstCheckMs: () => 1_000,
    nowMs: () => nowMs,
    pause: async () => {
      nowMs += 100;
    },
  });
  return { outcome, nowMs };
}

const unanswered: PairHealth = { ...WELL, answers: { "203.0.113.10:443/app1/": "no answer: connect EHOSTUNREACH" } };

test("an answer that was long in coming is no loss as long as it was asked for in time", async () => {
  const slow = { takesMs: 3_000, health: unanswered };
  assert.deepEqual(await verdict([slow, slow]), { outcome: { ok: true }, nowMs: 6_200 });
});

test("what is lost when the grace is over is lost", async () => {
  const slow = { takesMs: 3_000, health: unanswered };
  assert.deepEqual(await verdict([slow, slow, slow]), {
    outcome: {
      ok: false,
      reasons: ["203.0.113.10:443/app1/ answered 200, answers now: no answer: connect EHOSTUNREACH"],
    },
    nowMs: 9_200,
  });
});

test("backends that nobody has checked when their time is over are no reason to go back", async () => {
  const undecided = { takesMs: 3_000, health: { ...WELL, apps: app1(2, 2) } };
  assert.deepEqual(await verdict([undecided, undecided, undecided]), { outcome: { ok: true }, nowMs: 9_200 });
});

// The gate in lbctl, with the real proxy and a backend that is well at one path only.

let host: BenchHost;
let backend: Server;
let port = 0;

const appText = (check: string, address = `127.0.0.1:${port}`) =>
  `{"app":"app1","path":"/app1/"}\n{"check":${check}}\n{"backend":"web1","address":"${address}"}\n`;
const apply = (text: string) => changeDocument(host, { kind: "app", name: "app1" }, Buffer.from(text));
const FAST = '"intervalMs":100,"fastIntervalMs":100';

before(async () => {
  host = openBenchHost();
  backend = createServer((request, response) => {
    response.statusCode = request.url === "/" ? 200 : 500;
    response.end();
  }).listen(0, "127.0.0.1");
  await once(backend, "listening");
  ({ port } = backend.address() as AddressInfo);
  const proxy = `{"proxy":"lb1"}\n{"listener":"http","kind":"http","port":${await freePort()}}\n`;
  assert.deepEqual(await changeDocument(host, { kind: "proxy" }, Buffer.from(proxy)), { ok: true });
});
after(async () => {
  backend.close();
  await host.close();
});

test("an app whose backends are not there yet may come: nothing is lost by it", async () => {
  const text = appText(`{${FAST}}`, `127.0.0.1:${await freePort()}`);
  assert.deepEqual(await apply(text), { ok: true });
});

test("a change after which every backend of an app fails its check is taken back, and the reason comes back", async () => {
  assert.deepEqual(await apply(appText(`{${FAST}}`)), { ok: true });
  await backendIs("up");
  const outcome = await apply(appText(`{${FAST},"path":"/broken"}`));
  assert.deepEqual(outcome, {
    ok: false,
    reasons: ["app app1 has no usable backend any more: web1 down L7STS"],
  });
  const { hashes } = await host.daemons.status("proxy");
  assert.equal(hashes["apps.d/app1.jsonl"], hashDocument(appText(`{${FAST}}`)));
  assert.equal(readFileSync(join(host.places.configDir, "apps.d/app1.jsonl"), "utf8"), appText(`{${FAST}}`));
});

test("a change after which a backend is still well goes through", async () => {
  await backendIs("up");
  assert.deepEqual(await apply(appText(`{${FAST},"rise":3}`)), { ok: true });
});

test("of many apps only those are judged that a change is about, and one bad one has all of it taken back", async () => {
  const ill = `127.0.0.1:${await freePort()}`;
  const group = (well: string, bad: string) => {
    const check = (more: string) => `{${FAST},"initialState":"down"${more}}`;
    const texts = { well: check(well), bad: check(bad), ill: check("") };
    const named = Object.entries(texts).map(([app, text]): [string, string] => [
      app,
      appText(text, app === "ill" ? ill : undefined)
        .replace('"app1"', `"${app}"`)
        .replace("/app1/", `/${app}/`),
    ]);
    return renderGroup("many", new Map(named));
  };
  const applyMany = (text: string) => changeDocument(host, { kind: "apps", name: "many" }, Buffer.from(text));
  assert.deepEqual(await applyMany(group("", "")), { ok: true });
  for (const app of ["well", "bad"]) await backendIs("up", app);
  await backendIs("down", "ill");
  assert.deepEqual(await applyMany(group(',"rise":3', "")), { ok: true });
  const outcome = await applyMany(group(',"rise":4', ',"path":"/broken"'));
  assert.deepEqual(outcome, { ok: false, reasons: ["app bad has no usable backend any more: web1 down L7STS"] });
  const file = join(host.places.configDir, "apps.d/many.apps.jsonl");
  assert.equal(readFileSync(file, "utf8"), group(',"rise":3', ""));
});

async function backendIs(state: string, app = "app1"): Promise<void> {
  for (;;) {
    const { proxy } = await readReport(host.places);
    if (typeof proxy !== "string" && proxy.apps[app]?.backends["web1"]?.state === state) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
