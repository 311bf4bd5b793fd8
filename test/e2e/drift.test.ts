import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Watch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { assertAllAnswered, startLoad } from "./lib/load.ts";
import { APP, BALANCERS, deploySite, settledHolder, type TestPair } from "./lib/pair.ts";
import { siteProgram } from "./lib/site.ts";

// What somebody changed on a host by hand: seen in the preview, taken back by the update, and no
// client notices. One story, told in order.

const APP_FILE = "/etc/lbpair/apps.d/app.jsonl";

let lab: Lab;
let pair: TestPair;
let load: Watch;

before(async () => {
  lab = await openTestLab();
  pair = await deploySite(lab, "drift", siteProgram(lab, APP, { pair: { detectDrift: true } }));
  assert.equal(await settledHolder(lab), "lb1");
  load = startLoad(lab, pair.browser, "/app/");
});
after(async () => {
  await lab.boot("lb2");
  await pair.close();
});

/** Lines that a preview adds or takes away. */
async function changedLines(): Promise<string[]> {
  return (await pair.site.diff())
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^[+~-] (?!command)/.test(line));
}

async function texts(): Promise<string[]> {
  return Promise.all(BALANCERS.map((host) => lab.sh(host, "cat /etc/lbpair/*.jsonl /etc/lbpair/*/* | sha256sum")));
}

test("hosts that are as they were applied show nothing", async () => {
  assert.deepEqual(Object.keys(await pair.site.changes()), ["same"]);
});

test("what was changed, added, taken away or stopped by hand is a diff, and the update takes it back", async () => {
  const before = await texts();
  await lab.sh("lb1", `sed -i 's/203.0.113.27/203.0.113.99/' ${APP_FILE}`);
  await lab.sh("lb2", `sed 's/"app":"app"/"app":"more"/; s,/app/,/more/,' ${APP_FILE} >/etc/lbpair/apps.d/more.jsonl`);
  await lab.sh("lb2", "rm /etc/lbpair/tls/main.pem; systemctl stop lbpair-vrrp");
  const lines = (await changedLines()).join("\n");
  assert.match(lines, /apps\.d\/app\.jsonl was changed \([0-9a-f]{12}\)/);
  assert.match(lines, /apps\.d\/more\.jsonl was not applied/);
  assert.match(lines, /tls\/main\.pem is not there any more/);
  assert.match(lines, /lbpair-vrrp\.service does not run/);
  const { summary } = await pair.site.stack.up({ color: "never" });
  assert.equal(summary.resourceChanges?.update, 2);
  assert.deepEqual(await texts(), before);
  for (const host of BALANCERS) assert.match(await lab.sh(host, "lbctl status; lbctl drift"), /proxy {5}serving/);
});

test("a repair is not followed by a change back", async () => {
  assert.deepEqual(Object.keys(await pair.site.changes()), ["same"]);
});

test("the same change by hand is seen once more", async () => {
  await lab.sh("lb1", `sed -i 's/203.0.113.27/203.0.113.99/' ${APP_FILE}`);
  await lab.sh("lb2", "systemctl stop lbpair-vrrp");
  await pair.site.stack.up({ color: "never" });
  for (const host of BALANCERS) assert.equal(await lab.sh(host, "lbctl drift"), "");
});

test("what somebody broke is mended before what changes in the same update", async () => {
  await lab.sh("lb1", `echo broken >${APP_FILE}`);
  await lab.sh("lb2", "echo broken >/etc/lbpair/proxy.jsonl");
  const limits = { fieldsMax: 99 };
  pair.site.setProgram(siteProgram(lab, APP, { pair: { detectDrift: true, limits } }));
  const { summary } = await pair.site.stack.up({ color: "never" });
  assert.equal(summary.result, "succeeded");
  for (const host of BALANCERS) {
    assert.match(await lab.sh(host, "cat /etc/lbpair/proxy.jsonl"), /"fieldsMax":99/);
    assert.equal(await lab.sh(host, "lbctl drift"), "");
  }
  assert.deepEqual(Object.keys(await pair.site.changes()), ["same"]);
});

test("a client was answered through all of that", () => assertAllAnswered(load));

test("a host that can't be reached is told, and breaks no preview", async () => {
  await lab.kill("lb2");
  let text = "";
  const { changeSummary } = await pair.site.stack.preview({ color: "never", onOutput: (part) => (text += part) });
  assert.deepEqual(Object.keys(changeSummary), ["same"]);
  assert.match(text, /warning: lb2: not known what was changed there by hand: /);
});
