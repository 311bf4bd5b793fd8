import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { isGood, startWatch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { deployPair, eventually, otherOf, type TestPair, vrrpStatus } from "./lib/pair.ts";

// Planned switchovers as clients see them, and what the hosts know of each other.

let lab: Lab;
let pair: TestPair;

before(async () => {
  lab = await openTestLab();
  pair = await deployPair(lab, "switchover", { advertIntervalMs: 1_000 });
});
after(() => pair.close());

const ANSWER_WAIT_MS = 60_000;
const INTERVAL_MS = 10;
/** Ports come around: a host that was Active half a minute ago has had connections from the same ones. */
const SWITCHOVERS = 20;
/** Longer than a busy machine takes to run the probe, and to send a lost SYN again. */
const REQUEST_MS_MAX = 10_000;

/** The Active with a standby that is ready. */
async function readyActive(): Promise<string> {
  const ready = await eventually(
    "an Active with a standby that is ready",
    () =>
      Promise.all(
        ["lb1", "lb2"].map(async (host) => {
          // A daemon that is just starting does not answer yet.
          const control = await vrrpStatus(lab, host).then(
            (status) => status.control,
            () => undefined,
          );
          return control?.standbyProblems["main"]?.length === 0 ? [host] : [];
        }),
      ),
    (hosts) => hosts.flat().length === 1,
  );
  return ready.flat()[0] ?? "";
}

test("twenty switchovers there and back fail no request of a client that opens a connection for each", async () => {
  const watch = startWatch(lab, pair.browser, "/app/", INTERVAL_MS, REQUEST_MS_MAX);
  await watch.until("an answer before", isGood, ANSWER_WAIT_MS);
  for (let count = 0; count < SWITCHOVERS; count++) {
    const active = await readyActive();
    const report = await lab.sh(active, "lbctl switchover");
    assert.match(report, new RegExp(`^main: ${active} -> ${otherOf(active)} in \\d+ ms`));
    assert.equal((await vrrpStatus(lab, otherOf(active))).instances["main"]?.state, "Active");
    const answered = watch.samples.length;
    await watch.until("an answer after", (sample) => isGood(sample) && watch.samples.length > answered, ANSWER_WAIT_MS);
  }
  assert.deepEqual(
    (await watch.stop()).filter((sample) => !isGood(sample)),
    [],
  );
});

test("a download that began before a switchover goes on to its end after it", async () => {
  const active = await readyActive();
  const bytes = 4_000_000;
  const { hostname, address, caPath } = pair.browser;
  const [program = "", ...enter] = lab.enter("client");
  const curl = [
    "curl",
    "--silent",
    "--cacert",
    caPath,
    "--resolve",
    `${hostname}:443:${address}`,
    "--limit-rate",
    "1M",
  ];
  const output = ["--output", "/dev/null", "--write-out", "%{http_code} %{size_download}"];
  const child = spawn(program, [...enter, ...curl, ...output, `https://${hostname}/app/?bytes=${bytes}`]);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "close");
  await eventually(
    "the download is under way",
    () => lab.sh(active, `ss -Htn state established src ${address}`),
    (text) => text.trim() !== "",
  );
  await lab.sh(active, "lbctl switchover");
  await ended;
  assert.equal(said, `200 ${bytes}`);
});

test("a switchover to a host whose proxy is dead is refused, and nothing moves", async () => {
  const active = await readyActive();
  const standby = otherOf(active);
  await lab.sh(standby, "systemctl stop lbpair-proxy");
  await eventually(
    "the Active knows",
    async () => (await vrrpStatus(lab, active)).control?.standbyProblems["main"] ?? [],
    (problems) => problems.some((problem) => problem.includes("Fault")),
  );
  const refused = await lab.exec(active, "lbctl switchover");
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /lbctl: main: the other host is Fault: proxy: /);
  assert.equal((await vrrpStatus(lab, active)).instances["main"]?.state, "Active");
  await lab.sh(standby, "systemctl start lbpair-proxy");
});

test("a killed daemon is known from its closed connection, long before its advertisements are missed", async () => {
  const active = await readyActive();
  await lab.sh(active, "systemctl kill --signal=KILL lbpair-vrrp");
  const instance = await eventually(
    "the other host has taken over",
    async () => (await vrrpStatus(lab, otherOf(active))).instances["main"],
    (seen) => seen?.state === "Active",
  );
  const byLifeline = `the VRRP daemon at ${lab.host(active).address} died: its lifeline ended without a word`;
  const byControl = new RegExp(`^${active}'s VRRP daemon (died|has been restarted)`);
  const because = instance?.because ?? "";
  assert.ok(because === byLifeline || byControl.test(because), because);
});

test("a restart of systemd-networkd moves nothing", async () => {
  const active = await readyActive();
  await lab.sh(active, "systemctl restart systemd-networkd");
  await eventually(
    "the address is there",
    () => lab.sh(active, `ip -o address show to ${pair.browser.address}`),
    (text) => text.trim() !== "",
  );
  assert.equal(await readyActive(), active);
});
