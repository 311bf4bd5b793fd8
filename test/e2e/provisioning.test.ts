import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { failure } from "./lib/failing.ts";
import { type Apps, siteProgram } from "./lib/site.ts";

// What a change looks like, what it touches, and what happens when it can't be. One story, told in order.

let lab: Lab;
let site: TestStack;

const APPS: Apps = {
  app1: { path: "/app1/", backends: { web1: { address: "203.0.113.21:80" }, web2: { address: "203.0.113.22:80" } } },
  app2: { path: "/app2/", backends: { web4: { address: "203.0.113.24:80" } } },
};

function withWeb3(): Apps {
  const backends = { ...APPS["app1"]?.backends, web3: { address: "203.0.113.23:80", weight: 2 } };
  return { ...APPS, app1: { path: "/app1/", backends } };
}

/** What a person sees of an operation that fails. */
function failureOf(operation: "preview" | "up", apps: Apps): string {
  return failure({ operation, project: "provisioning", stateDir: site.stateDir, apps });
}

const WEB7 = "203.0.113.27:80";

/** What a user must not see for a mistake of theirs. */
const STACK = /\.ts:\d+|node:internal|Unhandled/;

before(async () => {
  lab = await openTestLab();
  site = await openTestStack(lab, "provisioning", siteProgram(lab, APPS));
  await site.stack.up({ color: "never" });
});
after(async () => {
  await site.stack.destroy({ color: "never" });
  site.close();
});

test("one backend added is one changed line per host, and nothing else", async () => {
  site.setProgram(siteProgram(lab, withWeb3()));
  const lines = (await site.diff()).split("\n");
  const changed = lines.filter((line) => /^ +[+-] /.test(line)).map((line) => line.trim());
  const line = '+ {"backend":"web3","address":"203.0.113.23:80","weight":2}';
  assert.deepEqual(changed, [line, line]);
  const resources = lines.filter((each) => /^ +[~+-]+ \S+: \(/.test(each)).map((each) => each.trim());
  assert.deepEqual(resources, ["~ command:remote:Command: (update)", "~ command:remote:Command: (update)"]);
});

test("a changed app is the only one that is touched", async () => {
  const before = await lab.sh("lb1", "stat -c '%n %i' /etc/lbpair/*.jsonl /etc/lbpair/*/*");
  const { summary } = await site.stack.up({ color: "never" });
  assert.deepEqual(Object.keys(summary.resourceChanges ?? {}).sort(), ["same", "update"]);
  assert.equal(summary.resourceChanges?.update, 2);
  const after = await lab.sh("lb1", "stat -c '%n %i' /etc/lbpair/*.jsonl /etc/lbpair/*/*");
  const moved = after.split("\n").filter((line) => !before.split("\n").includes(line));
  assert.deepEqual(
    moved.map((line) => line.split(" ")[0]),
    ["/etc/lbpair/apps.d/app1.jsonl"],
  );
});

test("what a host's own binary refuses fails with the reason, and the other host is not touched", async () => {
  // Of an app that somebody wrote there by hand, no preview knows.
  const write =
    'sed \'s/"app2"/"byhand"/; s,/app2/,/app3/,\' /etc/lbpair/apps.d/app2.jsonl > /etc/lbpair/apps.d/byhand.jsonl';
  for (const host of ["lb1", "lb2"]) await lab.sh(host, write);
  const text = failureOf("up", { ...withWeb3(), app3: { path: "/app3/", backends: { web7: { address: WEB7 } } } });
  for (const host of ["lb1", "lb2"]) await lab.sh(host, "rm /etc/lbpair/apps.d/byhand.jsonl");
  assert.match(text, /lbctl: apps\.d\/\w+\.jsonl: path: got "\/app3\/", want a path that app "\w+" does not have/);
  assert.match(text, /app3-lb2/);
  assert.doesNotMatch(text, /app3-lb1 creat/);
  const files = await Promise.all(["lb1", "lb2"].map((host) => lab.sh(host, "ls /etc/lbpair/apps.d")));
  assert.deepEqual(files, ["app1.jsonl\napp2.jsonl\n", "app1.jsonl\napp2.jsonl\n"]);
});

test("two apps that want one path are told by a preview, and an update touches nothing", async () => {
  const apps = { ...withWeb3(), app3: { path: "/app2/", backends: { web7: { address: WEB7 } } } };
  for (const operation of ["preview", "up"] as const) {
    const text = failureOf(operation, apps);
    assert.match(
      text,
      /error: ProxiedApp app\d: path: got "\/app2\/", want a path that ProxiedApp app\d does not have/,
    );
    assert.doesNotMatch(text, STACK);
  }
  for (const host of ["lb1", "lb2"])
    assert.equal(await lab.sh(host, "ls /etc/lbpair/apps.d"), "app1.jsonl\napp2.jsonl\n");
});

test("mistakes in several components are all told by one preview, without a stack", async () => {
  const wrong: Apps = {
    app1: { path: "app1", backends: {} },
    app2: { path: "/app2/", backends: { web4: { address: "web 4" } } },
  };
  const text = failureOf("preview", wrong);
  assert.match(text, /error: ProxiedApp app1: path: got "app1", want a path prefix with slashes at both ends/);
  assert.match(text, /error: ProxiedApp app2: backends\.web4\.address: got "web 4", want host:port/);
  assert.doesNotMatch(text, STACK);
});

test("an update without a preview ends at a mistake, without a stack, and nothing is touched", async () => {
  const text = failureOf("up", { app1: { path: "app1", backends: {} } });
  assert.match(text, /ProxiedApp app1: path: got "app1", want a path prefix with slashes at both ends/);
  assert.doesNotMatch(text, STACK);
  assert.equal(await lab.sh("lb1", "ls /etc/lbpair/apps.d"), "app1.jsonl\napp2.jsonl\n");
});

test("nor does it touch anything when the mistake shows only while it runs", async () => {
  const app2 = { path: "/app2/", backends: { web4: { address: "later web 4" } } };
  const text = failureOf("up", { ...withWeb3(), app2 });
  assert.match(text, /ProxiedApp app2: backends\.web4\.address: got "web 4", want host:port/);
  assert.doesNotMatch(text, STACK);
  assert.equal(await lab.sh("lb1", "ls /etc/lbpair/apps.d"), "app1.jsonl\napp2.jsonl\n");
  assert.match(await lab.sh("lb1", "cat /etc/lbpair/apps.d/app2.jsonl"), /203\.0\.113\.24:80/);
});

test("an app that is taken away is taken from the hosts", async () => {
  site.setProgram(siteProgram(lab, { app1: withWeb3()["app1"] as Apps[string] }));
  const { summary } = await site.stack.up({ color: "never" });
  assert.equal(summary.result, "succeeded");
  for (const host of ["lb1", "lb2"]) assert.equal(await lab.sh(host, "ls /etc/lbpair/apps.d"), "app1.jsonl\n");
});
