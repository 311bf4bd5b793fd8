import assert from "node:assert/strict";
import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bunPath } from "../../bootstrap/places.mjs";
import { isGood, startWatch, type Watch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { type Attempt, failure, startAttempt } from "./lib/failing.ts";
import { BALANCERS, deploySite, eventually, otherOf, settledHolder, type TestPair } from "./lib/pair.ts";
import { writeOtherRelease } from "./lib/release.ts";
import { type Apps, shopProgram, siteProgram } from "./lib/site.ts";

// An up that ends in the middle, in each way in which it can, and the next one, which brings the hosts to what is
// declared; and two of them at once. A client asks through the virtual address all the time, and is answered.

const PROJECT = "interruptions";
let lab: Lab;
let pair: TestPair;
let site: TestStack;
let watch: Watch;
let weight = 0;
const directory = mkdtempSync(join(tmpdir(), "lbpair-release-"));

const REQUEST_INTERVAL_MS = 50;
/** A machine that is busy with the engine answers late; what counts here is whether it answers. */
const ANSWER_WAIT_MS = 10_000;

before(async () => {
  lab = await openTestLab();
  pair = await deploySite(lab, PROJECT, siteProgram(lab, nextApps()));
  site = pair.site;
  await settledHolder(lab);
  watch = startWatch(lab, pair.browser, "/app1/", REQUEST_INTERVAL_MS, ANSWER_WAIT_MS);
});
after(async () => {
  await pair.close();
  rmSync(directory, { recursive: true });
});

/** Three apps, each another than before. */
function nextApps(): Apps {
  weight += 1;
  const backends = { web7: { address: "203.0.113.27:80" }, web8: { address: "203.0.113.28:80", weight } };
  return Object.fromEntries([1, 2, 3].map((n) => [`app${n}`, { path: `/app${n}/`, backends }]));
}

async function standby(): Promise<string> {
  return otherOf(await settledHolder(lab));
}

/** Starts an up and comes back when a host's first command runs, or something else of it. */
async function startUp(
  apps: Apps,
  host: string,
  resource = "app\\d-HOST",
  config: Attempt["config"] = {},
): Promise<ChildProcess> {
  const attempt = startAttempt({ operation: "up", project: PROJECT, stateDir: site.stateDir, apps, config });
  const begun = new RegExp(`${resource.replace("HOST", host)} updating`);
  let text = "";
  await new Promise<void>((resolve) => {
    attempt.once("exit", () => resolve());
    attempt.stdout?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (begun.test(text)) resolve();
    });
  });
  return attempt;
}

function isRunning(attempt: ChildProcess): boolean {
  return attempt.exitCode === null && attempt.signalCode === null;
}

async function ended(attempt: ChildProcess): Promise<void> {
  if (isRunning(attempt)) await once(attempt, "exit");
}

/** One more up, after which every host runs what is declared and nothing is left to do. */
async function converges(apps: Apps): Promise<void> {
  site.setProgram(siteProgram(lab, apps));
  const { summary } = await site.stack.up({ color: "never" });
  assert.equal(summary.result, "succeeded");
  assert.deepEqual(Object.keys(await site.changes()), ["same"]);
  const texts = await Promise.all(
    BALANCERS.map((host) => lab.sh(host, "cat /etc/lbpair/apps.d/*; ls /var/lib/lbpair; lbctl status >&2")),
  );
  assert.equal(texts[0], texts[1]);
  assert.equal(texts[0]?.match(new RegExp(`"weight":${weight}\\b`, "g"))?.length, 3);
}

/** Kills the engine with all that it started. */
async function kill(attempt: ChildProcess): Promise<void> {
  if (isRunning(attempt)) process.kill(-(attempt.pid ?? Number.NaN), "SIGKILL");
  await ended(attempt);
  await site.stack.cancel(); // the lock that the killed one left
}

/** The same when it begins to write its state, the given one of the next times, if it gets so far. */
async function killAtWrite(attempt: ChildProcess, nth: number): Promise<void> {
  let killed: Promise<void> | undefined;
  const stop = site.onWrite(nth, () => {
    killed = kill(attempt);
  });
  await ended(attempt);
  stop();
  await killed;
}

test("the engine is killed, and what it has asked for happens when it is dead", async () => {
  const apps = nextApps();
  const host = await standby();
  const letGo = await holdLock(host);
  try {
    const attempt = await startUp(apps, host);
    await eventually(
      "all of it is on the host, and nothing to write before one ends",
      () => inChange(host),
      (seen) => seen === "app1 app2 app3",
    );
    await kill(attempt);
  } finally {
    await letGo();
  }
  await converges(apps);
});

test("the engine is killed while it writes its state, again and again", async () => {
  const apps = nextApps();
  for (const nth of [1, 2, 4]) await killAtWrite(await startUp(apps, await standby()), nth);
  await converges(apps);
  // What Pulumi writes in place is what such an end leaves empty, so nothing of it may be there.
  assert.deepEqual(attributeFiles(), []);
});

test("a state that an empty file beside it makes unreadable is whole without that file", async () => {
  const apps = nextApps();
  const state = join(site.stateDir, ".pulumi", "stacks", PROJECT, "test.json");
  writeFileSync(`${state}.attrs`, "");
  await assert.rejects(site.changes(), /failed to load checkpoint: EOF/);
  execFileSync("find", [site.stateDir, "-name", "*.attrs", "-empty", "-delete"]); // as docs/repair.md says
  await converges(apps);
});

function attributeFiles(): string[] {
  return readdirSync(site.stateDir, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".attrs"));
}

test("the connection to a host is cut for a while", async () => {
  const apps = nextApps();
  const host = await standby();
  const attempt = await startUp(apps, host);
  await lab.cut(host);
  await lab.sh(otherOf(host), "sleep 3");
  await lab.heal(host);
  await ended(attempt);
  await converges(apps);
});

test("a host loses its power", async () => {
  const apps = nextApps();
  const host = await standby();
  const attempt = await startUp(apps, host);
  await lab.kill(host);
  await lab.boot(host);
  await ended(attempt);
  await converges(apps);
});

test("a host's disk is full", async () => {
  const apps = nextApps();
  const host = await standby();
  const dir = "/etc/lbpair/apps.d";
  const before = await lab.sh(host, `cat ${dir}/*`);
  await lab.sh(
    host,
    `cp -a ${dir} /run/apps.d; mount -t tmpfs -o size=32k,mode=0750 tmpfs ${dir}; chown --reference=/run/apps.d ${dir}
     cp -a /run/apps.d/. ${dir}; rm -r /run/apps.d; head -c 100000 /dev/zero >${dir}/filler || :`,
  );
  try {
    const text = failure({ operation: "up", project: PROJECT, stateDir: site.stateDir, apps });
    assert.match(text, /lbctl: ENOSPC/);
    assert.doesNotMatch(text, new RegExp(`app\\d-${otherOf(host)} updating`));
    assert.equal(await lab.sh(host, `cat ${dir}/*.jsonl`), before);
  } finally {
    await lab.sh(host, `umount ${dir}`);
  }
  await converges(apps);
});

test("somebody else is changing the host", async () => {
  const apps = nextApps();
  const host = await standby();
  const other = lab.sh(host, "flock /run/lbpair.lock sh -c 'touch /run/held; sleep 5; cat /etc/lbpair/apps.d/*'");
  await lab.sh(host, "until [ -e /run/held ]; do sleep 0.1; done; rm /run/held");
  const attempt = await startUp(apps, host);
  assert.doesNotMatch(await other, new RegExp(`"weight":${weight}\\b`));
  await ended(attempt);
  assert.equal(attempt.exitCode, 0);
  await converges(apps);
});

/** Apps whose change a host has been told and has not taken over yet, whoever told it. */
async function inChange(host: string): Promise<string> {
  const look = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -o 'apply app [a-z0-9]\\+' | sort -u";
  const lines = (await lab.sh(host, `${look} || :`)).trim().split("\n");
  return lines.map((line) => line.split(" ").at(-1)).join(" ");
}

/** Keeps everybody else from changing a host until the function that it returns is called. */
async function holdLock(host: string): Promise<() => Promise<void>> {
  const wait = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done; rm ${file}`;
  const holder = lab.sh(host, `flock /run/lbpair.lock sh -c 'touch /run/held; ${wait("/run/let-go")}'`);
  await lab.sh(host, wait("/run/held"));
  return async () => {
    await lab.sh(host, "touch /run/let-go");
    await holder;
  };
}

test("two stacks change the hosts at once: one waits for the other, and both get what they want", async () => {
  const apps = nextApps();
  const backends = { web9: { address: "203.0.113.29:80" } };
  const shop = await openTestStack(lab, "shop", shopProgram(PROJECT, backends), { state: site.stateDir });
  const host = await standby();
  const letGo = await holdLock(host);
  const attempt = await startUp(apps, host);
  const ofShop = shop.stack.up({ color: "never" });
  try {
    await eventually(
      "both are there",
      () => inChange(host),
      (seen) => seen === "app1 app2 app3 shop",
    );
    // The same stack's state is Pulumi's to guard.
    const again = failure({ operation: "up", project: PROJECT, stateDir: site.stateDir, apps });
    assert.match(again, /the stack is currently locked by 1 lock/);
  } finally {
    await letGo();
    await Promise.allSettled([ofShop, ended(attempt)]);
  }
  assert.deepEqual([(await ofShop).summary.result, attempt.exitCode], ["succeeded", 0]);
  for (const each of BALANCERS)
    assert.equal(await lab.sh(each, "ls /etc/lbpair/apps.d"), "app1.jsonl\napp2.jsonl\napp3.jsonl\nshop.jsonl\n");
  await converges(apps);
  assert.deepEqual(Object.keys(await shop.changes()), ["same"]);
  await shop.stack.destroy({ color: "never" });
});

test("the engine is killed while a release is copied: the next one goes on with the part that is missing", async () => {
  const host = await standby();
  const runtime = join(directory, "bun");
  copyFileSync(bunPath, runtime);
  appendFileSync(runtime, "another");
  await writeOtherRelease(directory, "next", runtime);
  const config = { "lbpair:releaseDirectory": directory };
  const apps = nextApps();
  const attempt = await startUp(apps, host, "edge-HOST-release-part-3", config);
  await eventually(
    "the engine has written what it is about to do",
    async () => site.underWay(),
    (text) => text.includes(`::edge-${host}-release-part-3"`),
  );
  await kill(attempt);
  const arrived = () => lab.sh(host, "stat -c %y ~/.lbpair/release/1 ~/.lbpair/release/2");
  const before = await arrived();
  await site.stack.setConfig("lbpair:releaseDirectory", { value: directory });
  await converges(apps);
  assert.equal(await arrived(), before);
  for (const each of BALANCERS) assert.match(await lab.sh(each, "cat /opt/lbpair/current/LICENSE"), /\nnext\n$/);
});

test("a client was answered through all of that", async () => {
  const samples = await watch.stop();
  assert.ok(samples.length > 100);
  assert.deepEqual(
    samples.filter((sample) => !isGood(sample)),
    [],
  );
});
