import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { differences, type HostImages, imageOf } from "./lib/host-image.ts";
import { BALANCERS, eventually, settledHolder } from "./lib/pair.ts";

// The example as a user deploys it, on hosts that were never touched. One story, told in order.

const EXAMPLE = join(import.meta.dirname, "../../examples/article/index.ts");
const directory = mkdtempSync(join(tmpdir(), "article-"));
const caFile = join(directory, "ca.pem");

let lab: Lab;
let site: TestStack;
let untouched: HostImages;
let runs = 0;

before(async () => {
  lab = await openTestLab();
  untouched = await imageOf(lab, hostNames());
  // A module runs once; another query makes it another module.
  site = await openTestStack(lab, "article", async () => ({ ...(await import(`${EXAMPLE}?run=${runs++}`)) }));
});
after(() => {
  site.close();
  rmSync(directory, { recursive: true });
});

function hostNames(): string[] {
  return lab.hosts.map(({ name }) => name);
}

/** A request as a user makes it: from beyond the switch, by name, with the certificate checked. */
async function curl(...words: string[]): Promise<string> {
  const address = lab.virtualAddresses[0]?.address;
  const names = [443, 80].flatMap((port) => ["--resolve", `example.com:${port}:${address}`]);
  const argv = [
    "curl",
    "--silent",
    "--show-error",
    "--include",
    "--max-time",
    "5",
    "--cacert",
    caFile,
    ...names,
    ...words,
  ];
  const { status, stdout, stderr } = await lab.run("client", argv);
  assert.equal(status, 0, stderr);
  return stdout;
}

function field(response: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, "im").exec(response)?.[1];
}

test("one up turns the hosts into the article's load balancer", async () => {
  const { outputs, summary } = await site.stack.up({ color: "never" });
  assert.equal(summary.result, "succeeded");
  assert.equal(outputs["url"]?.value, "https://example.com/");
  assert.deepEqual(
    outputs["appUrls"]?.value,
    [1, 2, 3].map((n) => `https://example.com/app${n}/`),
  );
  writeFileSync(caFile, outputs["caCertificate"]?.value as string);
});

test("every app answers through the virtual address, under a certificate of the private authority", async () => {
  for (const app of ["app1", "app2", "app3"]) {
    const response = await curl(`https://example.com/${app}/`);
    assert.match(response, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(field(response, "Set-Cookie") ?? "", new RegExp(`^SRVID_${app}=web[1-9]; `));
  }
});

/** Whether a client's session of TLS is a new one at a host, or the one that it has kept. */
async function session(host: string, ...words: string[]): Promise<string | undefined> {
  const server = `${lab.host(host).address}:443`;
  const argv = `openssl s_client -connect ${server} -servername example.com -ign_eof ${words.join(" ")}`;
  const asked = "GET /app1/ HTTP/1.1\\r\\nHost: example.com\\r\\nConnection: close\\r\\n\\r\\n";
  const { stdout, stderr } = await lab.run("client", ["sh", "-c", `printf '${asked}' | timeout 10 ${argv}`]);
  assert.match(stdout, /^HTTP\/1\.1 200 OK\r$/m, stderr);
  return /^(New|Reused), TLSv1\.3/m.exec(stdout)?.[1];
}

test("a TLS session that began at one balancer is resumed by every worker of the other", async () => {
  assert.equal(await session("lb1", "-sess_out", "/tmp/session"), "New");
  for (let turn = 0; turn < 8; turn += 1) {
    assert.equal(await session("lb2", "-sess_in", "/tmp/session"), "Reused");
  }
});

test("a proxy that may not see its own memory says so, and begins sessions of its own", async () => {
  // The system shows its memory to no process whose program it may not read.
  const change = (mode: string) =>
    lab.sh("lb2", `chmod ${mode} $(readlink -f /opt/lbpair/current)/runtime/bun && systemctl restart lbpair-proxy`);
  const told = () => lab.sh("lb2", 'journalctl -u lbpair-proxy -o cat | grep -F \'"event":"tickets"\' || true');
  assert.equal(await told(), "");
  await change("0711");
  try {
    await eventually("said", told, (lines) => /"listener":"https","because":"EACCES: /.test(lines));
    await eventually(
      "served",
      () => session("lb2", "-sess_in", "/tmp/session").catch(String),
      (is) => is === "New",
    );
  } finally {
    await change("0755");
  }
  await eventually(
    "resumed",
    () => session("lb2", "-sess_in", "/tmp/session").catch(String),
    (is) => is === "Reused",
  );
});

test("http and /app1 are redirected", async () => {
  const toHttps = await curl("http://example.com/app1/x?y=1");
  assert.equal(field(toHttps, "Location"), "https://example.com/app1/x?y=1");
  assert.equal(field(await curl("https://example.com/app1"), "Location"), "/app1/");
});

test("a second up has nothing to do", async () => {
  const { summary } = await site.stack.up({ color: "never" });
  assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
});

/** A path that nobody asked for before. */
const MARK = `mark-${process.pid}`;
const LOGS = { web1: "/var/log/apache2/access.log", web4: "/var/log/nginx/access.log" };

test("a backend's log names the client, and no health check of the pair", async () => {
  for (const [host, log] of Object.entries(LOGS)) {
    const { address } = lab.host(host);
    const lines = async () => (await lab.sh(host, `cat ${log}`)).split("\n").length;
    const before = await lines();
    for (const balancer of ["lb1", "lb2"])
      await lab.sh(balancer, `curl -s -A HAProxy http://${address}/as-asked-by-the-pair`);
    assert.equal(await lines(), before);
  }
  // Each worker of a balancer takes the backends in turn: so many that one of them has been around.
  const requests = 3 * availableParallelism();
  for (let n = 0; n < requests; n++) await curl(`https://example.com/app1/${MARK}`, `https://example.com/app2/${MARK}`);
  for (const [host, log] of Object.entries(LOGS)) {
    const written = await lab.sh(host, `grep -F /${MARK} ${log}`);
    assert.match(written, /^203\.0\.113\.100 - - \[.*\] "GET \/mark-\d+ HTTP\/1\.1" 404 \d+ "-" "curl\//);
  }
});

test("a health check that does not come from the pair is logged", async () => {
  for (const [host, log] of Object.entries(LOGS)) {
    const { address } = lab.host(host);
    await lab.run("client", ["curl", "--silent", "--user-agent", "HAProxy", `http://${address}/stranger`]);
    await lab.run("client", ["curl", "--silent", "--header", "X-Forwarded-For: 6.6.6.6", `http://${address}/liar`]);
    const lines = await lab.sh(host, `tail -n 2 ${log}`);
    assert.match(lines, /^203\.0\.113\.100 .*\/stranger .*HAProxy"\n203\.0\.113\.100 .*\/liar /);
  }
});

test("no secret is in the state, in clear, nor on a command line", async () => {
  const stored = site.storedText();
  assert.match(stored, /edge-lb1-stats-password/);
  assert.doesNotMatch(stored, /s3cret-of-the-test|PRIVATE KEY/);
  const words = await lab.sh("lb1", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; find /etc/lbpair -type f -exec cat {} +");
  assert.doesNotMatch(words, /s3cret-of-the-test/);
});

/** What a unit asks systemd for, its main process has: user, groups, capabilities as bits, and no way to more. */
const RIGHTS = {
  "lbpair-proxy": { user: "lbpair-proxy", group: "lbpair", groups: "lbpair-proxy,lbpair", bits: "0000000000000400" },
  "lbpair-vrrp": { user: "lbpair-vrrp", group: "lbpair", groups: "lbpair-vrrp,lbpair", bits: "0000000000803000" },
};

test("a daemon runs as its own user, with the capabilities of its work and no others", async () => {
  for (const host of BALANCERS) {
    for (const [unit, { user, group, groups, bits }] of Object.entries(RIGHTS)) {
      const pid = await shown(host, unit, "MainPID");
      const status = await lab.sh(host, `cat /proc/${pid}/status`);
      for (const set of ["Prm", "Eff", "Bnd"]) assert.match(status, new RegExp(`^Cap${set}:\t${bits}$`, "m"));
      assert.match(status, /^NoNewPrivs:\t1$/m);
      assert.match(status, /^Seccomp:\t2$/m);
      const who = await lab.sh(host, `ps -o euser:20=,egroup:20=,supgrp:40= -p ${pid}`);
      assert.deepEqual(who.trim().split(/ +/), [user, group, groups]);
      const written = await lab.sh(host, `nsenter --target ${pid} --mount touch /etc/lbpair/x 2>&1 || :`);
      assert.match(written, /Read-only file system/);
    }
  }
});

test("systemd hears from a daemon that it is ready, and again and again that it is alive", async () => {
  for (const unit of Object.keys(RIGHTS)) {
    assert.equal(await shown("lb1", unit, "Type,ActiveState"), "notify\nactive");
    const before = await shown("lb1", unit, "WatchdogTimestampMonotonic");
    const isLater = (now: string) => Number(now) > Number(before);
    await eventually(`a word of ${unit}`, () => shown("lb1", unit, "WatchdogTimestampMonotonic"), isLater);
  }
});

function shown(host: string, unit: string, properties: string): Promise<string> {
  return lab.sh(host, `systemctl show --value --property ${properties} ${unit}`).then((text) => text.trim());
}

test("destroy leaves the hosts as they were, also while connections of an earlier Active are looked after", async () => {
  await lab.sh(await settledHolder(lab), "lbctl switchover");
  for (const host of BALANCERS) assert.match(await lab.sh(host, "nft list ruleset"), /lbpair/);
  await site.stack.destroy({ color: "never" });
  assert.deepEqual(differences(untouched, await imageOf(lab, hostNames())), []);
});
