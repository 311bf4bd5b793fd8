import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import {
  BALANCERS,
  deployPair,
  eventually,
  holders,
  otherOf,
  settledHolder,
  type TestPair,
  vrrpStatus,
} from "./lib/pair.ts";

// Advertisements that are signed, a script that speaks for its host, a hook, and a port for Prometheus: as a program asks for them.

const WELL = "/run/test-host-is-well";
const KEY_FILE = "/etc/lbpair/keys/vrrp-hmac";
const METRICS_PORT = 9_650;
/** Where programs that the daemon runs may write. */
const STATE_DIR = "/var/lib/lbpair-vrrp";

/** A program that writes down its capabilities, at once as a whole, before it does `then`. */
function showCapabilities(name: string, then: string): string[] {
  const file = capabilitiesFile(name);
  const show = `grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status > ${file}.new && mv ${file}.new ${file}`;
  return ["/bin/sh", "-c", `${show}; ${then}`];
}

const capabilitiesFile = (name: string) => `${STATE_DIR}/capabilities-of-${name}`;

let lab: Lab;
let pair: TestPair;

before(async () => {
  lab = await openTestLab();
  for (const host of BALANCERS) await lab.sh(host, `touch ${WELL}`);
  pair = await deployPair(lab, "signed", {
    authentication: { kind: "hmac" },
    scripts: { well: { command: showCapabilities("script", `test -e ${WELL}`), intervalMs: 100 } },
    hooks: [{ command: showCapabilities("hook", "true") }],
    metrics: { address: "0.0.0.0", port: METRICS_PORT },
  });
});
after(async () => {
  for (const host of BALANCERS) await lab.sh(host, `rm -f ${WELL} ${STATE_DIR}/capabilities-of-*`);
  await pair.close();
});

test("both hosts have one key that nobody else can read, and it stands nowhere in clear", async () => {
  const keys = await Promise.all(
    BALANCERS.map((host) => lab.sh(host, `stat -c %a:%U:%G ${KEY_FILE}; cat ${KEY_FILE}`)),
  );
  const [[access, key = ""] = []] = keys.map((text) => text.split("\n"));
  assert.equal(new Set(keys).size, 1);
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(access, "640:root:lbpair-vrrp");
  assert.ok(!pair.site.storedText().includes(key));
  for (const host of BALANCERS) {
    const documents = await lab.sh(host, "cat /etc/lbpair/*.jsonl");
    assert.match(documents, /"authentication":\{"kind":"hmac"\}/);
    assert.ok(!documents.includes(key));
  }
});

test("hosts that take nothing unsigned hear each other: one is Active, the other Backup", async () => {
  const active = await settledHolder(lab);
  const { instances } = await vrrpStatus(lab, otherOf(active));
  assert.equal(instances["main"]?.state, "Backup");
  assert.ok((instances["main"]?.advertsReceived ?? 0) > 0);
});

test("a hook and a tracked script have none of the daemon's three capabilities", async () => {
  const none = ["CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapAmb:\t0000000000000000"].join("\n");
  for (const host of BALANCERS) {
    const own = await lab.sh(host, "grep CapEff /proc/$(systemctl show --value -p MainPID lbpair-vrrp)/status");
    // CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_NICE.
    assert.equal(own.trim(), "CapEff:\t0000000000803000");
    for (const program of ["hook", "script"])
      assert.equal((await lab.sh(host, `cat ${capabilitiesFile(program)}`)).trim(), none, `${program} on ${host}`);
  }
});

test("where the script says no, the address goes to the other host", async () => {
  const active = await settledHolder(lab);
  await lab.sh(active, `rm ${WELL}`);
  await eventually(
    "the other host has the address, and it alone",
    () => holders(lab),
    (seen) => seen.join() === otherOf(active),
  );
  const { instances } = await vrrpStatus(lab, active);
  assert.equal(instances["main"]?.state, "Fault");
});

test("Prometheus finds each host's metrics at the port that was asked for", async () => {
  for (const host of BALANCERS) {
    const url = `http://${lab.host(host).address}:${METRICS_PORT}/metrics`;
    const { status, stdout } = await lab.run("lab", ["curl", "--silent", "--fail", "--max-time", "5", url]);
    assert.equal(status, 0);
    assert.match(stdout, /^# TYPE lbpair_/m);
  }
});
