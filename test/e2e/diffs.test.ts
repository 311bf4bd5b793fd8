import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { after, before, test } from "node:test";
import { run } from "../../lab/command.ts";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { BALANCERS } from "./lib/pair.ts";
import { commandLinesWhile } from "./lib/process-lists.ts";
import { type Apps, type SiteOptions, siteProgram } from "./lib/site.ts";

// What a reviewer reads: the real CLI's `preview --diff`, word for word as in data/diffs. Run with LBPAIR_WRITE_GOLDEN=1
// to write them anew, and read what changed.

const GOLDEN = join(import.meta.dirname, "data/diffs");
const directory = mkdtempSync(join(tmpdir(), "lbpair-diffs-"));
/** So many that nobody would read them all. */
const MANY: Apps = Object.fromEntries(
  Array.from({ length: 40 }, (_, n) => {
    const backends = { web7: { address: "203.0.113.27:80" }, web8: { address: "203.0.113.28:80" } };
    return [`many${n + 10}`, { path: `/many${n + 10}/`, backends, check: { intervalMs: 10_000 } }];
  }),
);
const STATS: SiteOptions = { pair: { stats: { user: "admin", password: "s3cret-of-the-page" } }, many: MANY };

let lab: Lab;
let site: TestStack;

const APPS: Apps = {
  app1: { path: "/app1/", backends: { web1: { address: "203.0.113.21:80" }, web2: { address: "203.0.113.22:80" } } },
  app2: { path: "/app2/", backends: { web4: { address: "203.0.113.24:80" } } },
};

function withApp1(backends: Apps[string]["backends"]): Apps {
  return { ...APPS, app1: { path: "/app1/", backends } };
}

before(async () => {
  lab = await openTestLab();
  site = await openTestStack(lab, "diffs", siteProgram(lab, APPS, STATS));
});
after(async () => {
  for (const host of BALANCERS) await lab.sh(host, "[ ! -e ~/.ssh/kept ] || mv ~/.ssh/kept ~/.ssh/authorized_keys");
  site.setProgram(siteProgram(lab, APPS, STATS));
  await site.stack.up({ color: "never" });
  await site.stack.destroy({ color: "never" });
  site.close();
  rmSync(directory, { recursive: true });
});

async function diffIs(name: string, apps: Apps, options: SiteOptions = STATS): Promise<void> {
  site.setProgram(siteProgram(lab, apps, options));
  const seen = normalised(await site.diff());
  const file = join(GOLDEN, `${name}.txt`);
  if (env["LBPAIR_WRITE_GOLDEN"] !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, seen);
  }
  assert.equal(seen, readFileSync(file, "utf8"));
  for (const secret of secrets()) assert.ok(!seen.includes(secret));
}

/** Without what is another each time: ids, keys, times, and the order in which resources come. */
function normalised(text: string): string {
  const [head = "", ...blocks] = text.split(/^(?= *(?:[~+-]|\+-) ?[a-z]+:[a-z]\S*: \()/m);
  const last = blocks.pop() ?? "";
  const end = last.search(/^(?: *--outputs|Resources):/m);
  const rows = end < 0 ? [...blocks, last] : [...blocks, last.slice(0, end)].sort();
  return [head, ...rows, end < 0 ? "" : last.slice(end)]
    .join("")
    .replaceAll(/\[(id|urn|provider)=[^\]]*\]/g, "[$1]")
    .replaceAll(/-----BEGIN CERTIFICATE-----[^"]*"/g, 'PEM"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, "TIME")
    .replaceAll(/^ *Duration: .*$/gm, "")
    .replaceAll(/[ \t]+$/gm, "");
}

/** Words that must stand nowhere but in the program's own hands. */
function secrets(): string[] {
  const keyLine = lab.privateKey.split("\n")[2] ?? "";
  assert.ok(keyLine.length > 20);
  return ["s3cret-of-the-page", keyLine];
}

/** Everything about the hosts that a command could have changed. */
async function touched(): Promise<string[]> {
  const script = `find /etc/lbpair /opt/lbpair /etc/systemd/system -printf '%p %i %m %T@ %C@\\n' | sort
    systemctl show -p MainPID,InvocationID,StateChangeTimestampMonotonic lbpair-proxy lbpair-vrrp`;
  return Promise.all(BALANCERS.map((host) => lab.sh(host, script)));
}

test("no secret appears in a process list, here or on a host, nor in the stored state", async () => {
  let output = "";
  const lines = await commandLinesWhile(lab, async () => {
    await site.stack.up({ color: "never", onOutput: (part) => (output += part) });
  });
  for (const [place, text] of Object.entries(lines)) {
    assert.match(text, place === "here" ? /pulumi/ : /lbctl/, `${place}: nothing was seen`);
    for (const secret of secrets()) assert.ok(!text.includes(secret), place);
  }
  for (const secret of secrets()) {
    assert.ok(!output.includes(secret));
    assert.ok(!site.storedText().includes(secret));
  }
});

test("nothing changed is nothing shown", () => diffIs("nothing", APPS));

test("a backend added is one line per host", () =>
  diffIs("backend-added", withApp1({ ...APPS["app1"]?.backends, web3: { address: "203.0.113.23:80", weight: 2 } })));

test("a backend removed is one line per host", () =>
  diffIs("backend-removed", withApp1({ web2: { address: "203.0.113.22:80" } })));

test("a backend re-weighted is one changed line per host", () =>
  diffIs("backend-weight", withApp1({ ...APPS["app1"]?.backends, web2: { address: "203.0.113.22:80", weight: 5 } })));

test("a new app is its own rows only", () =>
  diffIs("app-added", { ...APPS, app3: { path: "/app3/", backends: { web7: { address: "203.0.113.27:80" } } } }));

test("an app taken away is its own rows only", () => diffIs("app-removed", { app1: APPS["app1"] as Apps[string] }));

/** The group with one of its apps changed. */
function withMany20(backends: Apps[string]["backends"]): SiteOptions {
  return { ...STATS, many: { ...MANY, many20: { ...MANY["many20"], path: "/many20/", backends } } };
}

test("a backend of one of many apps added is one line per host, which says whose it is", () => {
  const web9 = { address: "203.0.113.29:80" };
  return diffIs("many-backend-added", APPS, withMany20({ ...MANY["many20"]?.backends, web9 }));
});

test("a backend of one of many apps removed is one line per host", () =>
  diffIs("many-backend-removed", APPS, withMany20({ web7: { address: "203.0.113.27:80" } })));

test("a backend of one of many apps re-weighted is one changed line per host", () => {
  const web8 = { address: "203.0.113.28:80", weight: 5 };
  return diffIs("many-backend-weight", APPS, withMany20({ ...MANY["many20"]?.backends, web8 }));
});

test("one more of many apps is its own lines only", () => {
  const blog = { path: "/blog/", backends: { web9: { address: "203.0.113.29:80" } } };
  return diffIs("many-app-added", APPS, { ...STATS, many: { ...MANY, blog } });
});

test("one of many apps taken away is its own lines only", () => {
  const { many20: _, ...many } = MANY;
  return diffIs("many-app-removed", APPS, { ...STATS, many });
});

test("another stats password is a secret that changes", () =>
  diffIs("password", APPS, { ...STATS, pair: { stats: { user: "admin", password: "s3cret-of-the-page-2" } } }));

test("a renewed certificate is a certificate", async () => {
  const inTenMonths = new Date(Date.now() + 300 * 86_400_000).toISOString();
  site.stack.workspace.envVars["LBPAIR_TLS_NOW"] = inTenMonths;
  try {
    await diffIs("certificate-renewed", APPS);
  } finally {
    delete site.stack.workspace.envVars["LBPAIR_TLS_NOW"];
  }
});

test("a rotated ssh key is a connection that changes, and on the hosts nothing", async () => {
  const file = join(directory, "rotated");
  assert.equal((await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file])).status, 0);
  const publicKey = readFileSync(`${file}.pub`, "utf8");
  // The new one is let in, the old one not any more.
  for (const host of BALANCERS)
    await lab.sh(host, "cp -a ~/.ssh/authorized_keys ~/.ssh/kept; cat >~/.ssh/authorized_keys", publicKey);
  const rotated = { ...STATS, connection: { privateKey: readFileSync(file, "utf8") } };
  await diffIs("ssh-key-rotated", APPS, rotated);
  const before = await touched();
  await site.stack.up({ color: "never" });
  assert.deepEqual(await touched(), before);
  assert.deepEqual(Object.keys(await site.changes()), ["same"]);
  // And back: the connection that is left has to work.
  for (const host of BALANCERS) await lab.sh(host, "cat ~/.ssh/kept >>~/.ssh/authorized_keys");
});
