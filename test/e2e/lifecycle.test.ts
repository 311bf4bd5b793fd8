import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "../../lab/client/browser.ts";
import type { Watch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import type { ConnectionArgs } from "../../provider/index.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { failure } from "./lib/failing.ts";
import { differences, type HostImages, imageOf } from "./lib/host-image.ts";
import { assertAllAnswered, startLoad } from "./lib/load.ts";
import { APP, BALANCERS, deploySite, eventually, holders, settledHolder, type TestPair } from "./lib/pair.ts";
import { type Apps, type SiteOptions, siteProgram } from "./lib/site.ts";

// What becomes of hosts when a pair gets another name, loses a host for good, gets another machine, or is destroyed,
// while a client asks through the virtual address. One story, told in order.

const PROJECT = "lifecycle";
const SPARE = "web9";

let lab: Lab;
let pair: TestPair;
let load: Watch;
let untouched: HostImages;

before(async () => {
  lab = await openTestLab();
  await lab.sh(SPARE, "systemctl stop webapp"); // its port is needed
  untouched = await imageOf(lab, ["lb1"]);
  pair = await deploySite(lab, PROJECT, siteProgram(lab, APP));
  assert.equal(await settledHolder(lab), "lb1");
  load = startLoad(lab, pair.browser, "/app/");
});
after(async () => {
  for (const host of ["lb2", SPARE]) await lab.boot(host);
  for (const host of [...BALANCERS, SPARE])
    await lab.sh(
      host,
      "[ ! -x /opt/lbpair/current/bin/lbctl ] || /opt/lbpair/current/bin/lbctl uninstall; rm -rf ~/.lbpair",
    );
  await lab.sh(SPARE, "systemctl start webapp");
});

async function up(options: SiteOptions, apps = APP): Promise<Record<string, number>> {
  pair.site.setProgram(siteProgram(lab, apps, options));
  const { summary } = await pair.site.stack.up({ color: "never" });
  return { ...summary.resourceChanges };
}

/** Whether the site answers through the virtual address, under the authority of the beginning. */
async function answers(): Promise<number> {
  return (await openBrowser(lab, pair.browser).get("https://example.com/app/")).status;
}

function at(machine: string): ConnectionArgs {
  const { address: host, hostKey } = lab.host(machine);
  return { host, hostKey, privateKey: lab.privateKey, dialErrorLimit: 1, perDialTimeout: 3 };
}

test("a pair with another name and an alias for the old one is the same pair", async () => {
  pair.site.setProgram(siteProgram(lab, APP, { pairName: "front" }));
  assert.deepEqual(Object.keys(await pair.site.changes()), ["same"]);
});

const MORE_APPS: Apps = {
  app: { path: "/app/", backends: { ...APP["app"]?.backends, web4: { address: "203.0.113.24:80" } } },
  app2: { path: "/app2/", backends: { web5: { address: "203.0.113.25:80" } } },
};

test("a host that is dead for good is left out, and the other one still gets what changes and what is new", async () => {
  await lab.kill("lb2");
  const hosts = { lb1: { connection: at("lb1") }, lb2: { connection: at("lb2"), isGone: true } };
  await up({ pair: { hosts } }, MORE_APPS);
  assert.match(await lab.sh("lb1", "cat /etc/lbpair/apps.d/*"), /"web4"[\s\S]*"web5"/);
  assert.equal(await answers(), 200);
});

test("another machine takes its place, without a word to the dead one", async () => {
  await up({ lb2: SPARE, lb2End: "(sleep 1; poweroff -f) >/dev/null 2>&1 &" }, MORE_APPS);
  await eventually(
    "the new machine takes part",
    () => lab.sh(SPARE, "lbctl status"),
    (text) => /vrrp {6}Backup/.test(text),
  );
  const texts = await Promise.all([SPARE, "lb1"].map((host) => lab.sh(host, "cat /etc/lbpair/apps.d/*")));
  assert.match(texts[0] ?? "", /"app2"/);
  assert.equal(texts[0], texts[1]);
  assert.equal(await answers(), 200);
});

test("a machine that the same program replaces is cleaned up before it ends, and the other host serves on", async () => {
  await lab.boot("lb2");
  await lab.sh("lb2", "lbctl uninstall; rm -rf ~/.lbpair");
  const installed = "stat -c %z /opt/lbpair/releases/*; cat /etc/lbpair/apps.d/*";
  const before = await lab.sh("lb1", installed);
  await up({ lb2: "lb2", lb2End: "" }, MORE_APPS);
  assert.equal(await lab.sh("lb1", installed), before);
  assert.equal(await lab.sh("lb2", "cat /etc/lbpair/apps.d/*"), await lab.sh("lb1", "cat /etc/lbpair/apps.d/*"));
  await eventually(
    "the old machine has ended",
    () => lab.isOn(SPARE),
    (isOn) => !isOn,
  );
  await lab.boot(SPARE);
  await lab.sh(SPARE, "systemctl stop webapp");
  assert.equal((await lab.exec(SPARE, "ls -d /etc/lbpair /opt/lbpair ~/.lbpair")).stdout, "");
  assert.match(await lab.sh("lb2", "lbctl status"), /app {7}app/);
  assert.equal(await answers(), 200);
});

test("a machine that was installed anew, with another key, is not touched before its key is the pinned one", async () => {
  const key = "/etc/ssh/ssh_host_ed25519_key";
  await lab.sh(
    "lb2",
    `lbctl uninstall; rm -rf ~/.lbpair; cp -a ${key} ${key}.pub /run/
     rm ${key}; ssh-keygen -q -t ed25519 -N '' -C '' -f ${key}; systemctl restart ssh`,
  );
  const hostKey = (await lab.sh("lb2", `cat ${key}.pub`)).trim();
  const app = { path: "/app/", backends: { ...APP["app"]?.backends, web5: { address: "203.0.113.25:80" } } };
  const apps = { ...MORE_APPS, app };
  const attempt = { operation: "up", project: PROJECT, stateDir: pair.site.stateDir, apps } as const;
  const text = failure(attempt);
  assert.match(text, /error: .*host key mismatch/);
  assert.match(text, /warning: lb2: no answer from 203\.0\.113\.12: .*; if the machine is dead for good, say isGone/);
  assert.equal((await lab.exec("lb2", "ls -d /etc/lbpair /opt/lbpair ~/.lbpair")).stdout, "");
  const hosts = { lb1: { connection: at("lb1") }, lb2: { connection: { ...at("lb2"), hostKey } } };
  pair.site.setProgram(siteProgram(lab, apps, { pair: { hosts } }));
  await pair.site.stack.up({ color: "never" });
  const documents = await Promise.all(BALANCERS.map((host) => lab.sh(host, "cat /etc/lbpair/apps.d/*")));
  assert.match(documents[0] ?? "", /web5/);
  assert.equal(documents[1], documents[0]);
  await lab.sh("lb2", `cp -a /run/ssh_host_ed25519_key* /etc/ssh/; systemctl restart ssh`);
});

test("a client was answered through all of that", () => assertAllAnswered(load));

test("a pair that is destroyed may leave its hosts behind, serving", async () => {
  await up({ pair: { uninstallOnDestroy: false } }, MORE_APPS);
  // Apps are not the pair's.
  const own = "find /etc/lbpair /opt/lbpair -type f -not -path '*/apps.d/*' -exec sha256sum {} + | sort";
  const before = await lab.sh("lb1", own);
  await pair.site.stack.destroy({ color: "never" });
  assert.equal(await lab.sh("lb1", own), before);
  assert.equal((await holders(lab)).length, 1);
  assert.match(await lab.sh("lb1", "lbctl status"), /serving/);
});

test("and another pair takes them over, and takes everything away when it goes, if not at once", async () => {
  await up({});
  await lab.cut("lb2");
  await assert.rejects(pair.site.stack.destroy({ color: "never" }), /app-lb2\):\s+error: .*203\.0\.113\.12/);
  assert.match(await lab.sh("lb1", "lbctl status"), /serving/);
  await lab.heal("lb2");
  await pair.close();
  for (const host of BALANCERS)
    assert.equal((await lab.exec(host, "ls -d /etc/lbpair /opt/lbpair ~/.lbpair")).stdout, "");
  assert.deepEqual(await holders(lab), []);
  // The other one lost what was in its memory when its power was cut.
  assert.deepEqual(differences(untouched, await imageOf(lab, ["lb1"])), []);
});
