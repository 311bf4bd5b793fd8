import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { failure, startAttempt } from "./lib/failing.ts";
import { BALANCERS, otherOf, settledHolder } from "./lib/pair.ts";
import { type Apps, siteProgram } from "./lib/site.ts";

// An up that ends in the middle, in each way in which it can, and the next one, which brings the hosts to what is declared.

const PROJECT = "interruptions";
let lab: Lab;
let site: TestStack;
let weight = 0;

before(async () => {
  lab = await openTestLab();
  site = await openTestStack(lab, PROJECT, siteProgram(lab, nextApps()));
  await site.stack.up({ color: "never" });
});
after(async () => {
  await site.stack.destroy({ color: "never" });
  site.close();
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

/** Starts an up and comes back when a host's first command runs. */
async function startUp(apps: Apps, host: string): Promise<ChildProcess> {
  const attempt = startAttempt({ operation: "up", project: PROJECT, stateDir: site.stateDir, apps });
  let text = "";
  await new Promise<void>((resolve) => {
    attempt.once("exit", () => resolve());
    attempt.stdout?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (new RegExp(`app\\d-${host} updating`).test(text)) resolve();
    });
  });
  return attempt;
}

async function ended(attempt: ChildProcess): Promise<void> {
  if (attempt.exitCode === null && attempt.signalCode === null) await once(attempt, "exit");
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

test("the engine is killed", async () => {
  const apps = nextApps();
  const attempt = await startUp(apps, await standby());
  process.kill(-(attempt.pid ?? Number.NaN), "SIGKILL");
  await ended(attempt);
  await site.stack.cancel(); // the lock that the killed one left
  await converges(apps);
});

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
