import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { shopProgram, siteProgram } from "./lib/site.ts";

// The pair belongs to one team's stack, an app to another's. One story, told in order.

let lab: Lab;
let pair: TestStack;
let app: TestStack;

const WEB7 = { web7: { address: "203.0.113.27:80" } };

before(async () => {
  lab = await openTestLab();
  const own = { path: "/app1/", backends: { web1: { address: "203.0.113.21:80" } } };
  pair = await openTestStack(lab, "pair", siteProgram(lab, { app1: own }));
  await pair.stack.up({ color: "never" });
  app = await openTestStack(lab, "shop", shopProgram("pair", WEB7), { state: pair.stateDir });
});
after(async () => {
  await pair.stack.destroy({ color: "never" });
  pair.close();
});

async function statusOf(path: string): Promise<string> {
  const url = `https://${lab.virtualAddresses[0]?.address}${path}`;
  const words = ["--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "5"];
  return (await lab.run("client", ["curl", ...words, url])).stdout;
}

test("a program that knows only the other stack's handle attaches an app", async () => {
  const { outputs } = await app.stack.up({ color: "never" });
  assert.deepEqual([outputs["url"]?.value, outputs["url"]?.secret], ["https://example.com/shop/", false]);
  assert.deepEqual([await statusOf("/shop/"), await statusOf("/app1/")], ["200", "200"]);
});

test("its diff is as readable as if the pair were its own, and shows no secret", async () => {
  app.setProgram(shopProgram("pair", { ...WEB7, web8: { address: "203.0.113.28:80" } }));
  const text = await app.diff();
  const changed = text.split("\n").filter((line) => /^ +[+-] /.test(line));
  const line = '+ {"backend":"web8","address":"203.0.113.28:80"}';
  assert.deepEqual(
    changed.map((each) => each.trim()),
    [line, line],
  );
  assert.doesNotMatch(text, /PRIVATE KEY/);
  await app.stack.up({ color: "never" });
  assert.doesNotMatch(app.storedText(), /PRIVATE KEY/);
});

test("the pair's own stack sees no change, and leaves the app alone", async () => {
  assert.deepEqual(Object.keys(await pair.changes()), ["same"]);
  await pair.stack.up({ color: "never" });
  assert.equal(await lab.sh("lb1", "ls /etc/lbpair/apps.d"), "app1.jsonl\nshop.jsonl\n");
});

test("destroying the app's stack takes the app from the hosts, and nothing else", async () => {
  await app.stack.destroy({ color: "never" });
  assert.deepEqual([await statusOf("/shop/"), await statusOf("/app1/")], ["404", "200"]);
});
