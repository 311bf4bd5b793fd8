import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { Watch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { type Attempt, failure, startAttempt } from "./lib/failing.ts";
import { assertAllAnswered, startLoad } from "./lib/load.ts";
import { BALANCERS, deploySite, otherOf, settledHolder, type TestPair } from "./lib/pair.ts";
import { type Apps, type SiteOptions, siteProgram } from "./lib/site.ts";

// Many apps as one group: they come, change, move and go while a client asks for one of them. One story, told in order.

const PROJECT = "many";
const BACKENDS = { web7: { address: "203.0.113.27:80" }, web8: { address: "203.0.113.28:80" } };
const SHOP: Apps = { shop: { path: "/shop/", backends: BACKENDS } };
const GROUP_FILE = "many.apps.jsonl";

let lab: Lab;
let pair: TestPair;
let load: Watch;
let many: Apps = manyApps();

before(async () => {
  lab = await openTestLab();
  pair = await deploySite(lab, PROJECT, siteProgram(lab, SHOP, { many }));
  await settledHolder(lab);
  load = startLoad(lab, pair.browser, "/shop/");
});
after(() => pair.close());

function manyApps(): Apps {
  const names = Array.from({ length: 20 }, (_, n) => `app${n + 10}`);
  const check = { intervalMs: 10_000 };
  return Object.fromEntries(names.map((name) => [name, { path: `/${name}/`, backends: BACKENDS, check }]));
}

/** Brings the hosts to what is declared; comes back with the hosts whose group was changed, in their order. */
async function up(alone: Apps, more: Apps, options: SiteOptions = {}): Promise<string[]> {
  many = more;
  const order: string[] = [];
  pair.site.setProgram(siteProgram(lab, alone, { ...options, many }));
  await pair.site.stack.up({
    color: "never",
    onEvent: ({ resourcePreEvent }) => {
      const host = /::many-(lb\d)$/.exec(resourcePreEvent?.metadata.urn ?? "")?.[1];
      if (host !== undefined && resourcePreEvent?.metadata.op === "update") order.push(host);
    },
  });
  return order;
}

async function onHosts(command: string): Promise<string[]> {
  return Promise.all(BALANCERS.map((host) => lab.sh(host, command)));
}

/** Files of apps on both hosts, which have the same, as they were applied. */
async function appFiles(): Promise<string[]> {
  const [first = "", second] = await onHosts("ls /etc/lbpair/apps.d");
  assert.equal(second, first);
  assert.deepEqual(await onHosts("lbctl drift"), ["", ""]);
  return first.trim().split("\n");
}

async function statusOf(path: string): Promise<string> {
  const url = `https://${pair.browser.address}${path}`;
  const words = ["--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "5"];
  return (await lab.run("client", ["curl", ...words, url])).stdout;
}

function attempt(more: Apps): Attempt {
  const { stateDir } = pair.site;
  return { operation: "up", project: PROJECT, stateDir, apps: {}, options: { many: more } };
}

test("an app moves into the group in one up, and its client notices nothing", async () => {
  assert.deepEqual(await appFiles(), [GROUP_FILE, "shop.jsonl"]);
  assert.equal((await up({}, { ...many, ...SHOP })).length, 2);
  assert.deepEqual(await appFiles(), [GROUP_FILE]);
  assert.match(await lab.sh("lb1", "lbctl status"), /app {7}shop \/shop\//);
});

test("a change of one of many reaches the standby first, and nothing else is touched", async () => {
  const standby = otherOf(await settledHolder(lab));
  const look = "stat -c '%n %i' /etc/lbpair/*.jsonl /etc/lbpair/*/*";
  const before = await lab.sh("lb1", look);
  const web9 = { address: "203.0.113.29:80" };
  const app15 = { path: "/app15/", backends: { ...BACKENDS, web9 } };
  assert.deepEqual(await up({}, { ...many, app15 }), [standby, otherOf(standby)]);
  const moved = (await lab.sh("lb1", look)).split("\n").filter((line) => !before.split("\n").includes(line));
  assert.deepEqual(
    moved.map((line) => line.split(" ")[0]),
    [`/etc/lbpair/apps.d/${GROUP_FILE}`],
  );
});

test("an app comes and another goes", async () => {
  assert.equal(await statusOf("/app10/"), "200");
  const { app10: _, ...rest } = many;
  await up({}, { ...rest, blog: { path: "/blog/", backends: BACKENDS } });
  assert.deepEqual([await statusOf("/app10/"), await statusOf("/blog/")], ["404", "200"]);
});

test("one bad app has the whole change taken back on the standby, and the Active is never touched", async () => {
  const active = await settledHolder(lab);
  const before = await onHosts(`cat /etc/lbpair/apps.d/${GROUP_FILE}; stat -c %y /etc/lbpair/apps.d/${GROUP_FILE}`);
  const check = { path: "/broken", statusMax: 299, intervalMs: 500, fastIntervalMs: 200 };
  const backends = { web1: { address: "203.0.113.21:80" } };
  const bad = { app15: { path: "/app15/", backends, check }, app16: { path: "/other/", backends } };
  const text = failure(attempt({ ...many, ...bad }));
  assert.match(text, /lbctl: app app15 has no usable backend any more: web1 down L7STS/);
  assert.doesNotMatch(text, new RegExp(`many-${active} updating`));
  const now = await onHosts(`cat /etc/lbpair/apps.d/${GROUP_FILE}; stat -c %y /etc/lbpair/apps.d/${GROUP_FILE}`);
  const texts = (images: readonly string[]) => images.map((image) => image.replace(/\n[^\n]*\n$/, ""));
  assert.deepEqual(texts(now), texts(before));
  assert.equal(now[BALANCERS.indexOf(active as "lb1")], before[BALANCERS.indexOf(active as "lb1")]);
});

test("a host loses its power in the middle, and the next up brings both to what is declared", async () => {
  const standby = otherOf(await settledHolder(lab));
  const web9 = { address: "203.0.113.29:80", weight: 7 };
  const more = { ...many, app15: { path: "/app15/", backends: { ...BACKENDS, web9 } } };
  const attempted = startAttempt(attempt(more));
  const exit = once(attempted, "exit");
  await new Promise<void>((resolve) => {
    void exit.then(() => resolve());
    attempted.stdout?.setEncoding("utf8").on("data", (part: string) => {
      if (part.includes(`many-${standby} updating`)) resolve();
    });
  });
  await lab.kill(standby);
  await lab.boot(standby);
  await exit;
  await up({}, more);
  assert.deepEqual(await appFiles(), [GROUP_FILE]);
  for (const text of await onHosts(`grep -c '"weight":7' /etc/lbpair/apps.d/${GROUP_FILE}`)) assert.equal(text, "1\n");
  assert.deepEqual(Object.keys(await pair.site.changes()), ["same"]);
});

test("what somebody changed by hand in one of many is told and put back", async () => {
  await lab.sh("lb1", `sed -i 's,"path":"/blog/","path":"/log/",' /etc/lbpair/apps.d/${GROUP_FILE}`);
  assert.match(await lab.sh("lb1", "lbctl drift"), /^apps\.d\/many\.apps\.jsonl was changed \([0-9a-f]{12}\)$/m);
  await lab.sh("lb1", "lbctl repair");
  assert.deepEqual(await appFiles(), [GROUP_FILE]);
});

test("an app moves out of the group again, which waits until it has its new place", async () => {
  const { shop: _, ...rest } = many;
  await up(SHOP, rest, { isLosing: true });
  assert.deepEqual(await appFiles(), [GROUP_FILE, "shop.jsonl"]);
  assert.equal((await lab.sh("lb1", `grep -c '"app":"shop"' /etc/lbpair/apps.d/${GROUP_FILE} || :`)).trim(), "0");
});

test("the group goes and leaves the others", async () => {
  pair.site.setProgram(siteProgram(lab, SHOP));
  await pair.site.stack.up({ color: "never" });
  assert.deepEqual(await appFiles(), ["shop.jsonl"]);
});

test("the client of the app that moved was answered all the time", () => assertAllAnswered(load));
