import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DAEMONS, type DaemonName, unitName } from "../../config/paths.ts";
import { startPing } from "../../lab/client/ping.ts";
import { isEcho, startTunnels } from "../../lab/client/tunnels.ts";
import { isGood, startWatch, type Watch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { VIRTUAL_ADDRESSES } from "../../lab/topology.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { failure } from "./lib/failing.ts";
import {
  APP,
  BALANCERS,
  deploySite,
  eventually,
  holders,
  otherOf,
  settledHolder,
  type TestPair,
  vrrpStatus,
} from "./lib/pair.ts";
import { misdescribe, writeOtherRelease } from "./lib/release.ts";
import { type Apps, type SiteOptions, siteProgram } from "./lib/site.ts";

// Changes reach the hosts one after the other, the standby first, while a client watches. One story, told in order.

const PROJECT = "rollout";
const APP_FILE = "/etc/lbpair/apps.d/app.jsonl";

const directory = mkdtempSync(join(tmpdir(), "lbpair-release-"));
/** Longer under way than a release takes to change on both hosts, and less than addresses linger. */
const DOWNLOAD_BYTES = 30_000_000;
const DOWNLOAD = [
  ...["curl", "--silent", "--show-error", "--limit-rate", "1500k", "--output", "/dev/null", "--write-out"],
  ...["%{size_download}", "--resolve", `example.com:443:${VIRTUAL_ADDRESSES[0]?.address}`],
  `https://example.com/app/?bytes=${DOWNLOAD_BYTES}`,
];

/** WebSockets that stay open from before the change until the addresses have moved. */
const TUNNELS = [0, 1, 2, 3];
const ECHO_WAIT_MS = 60_000;
const PING_INTERVAL_MS = 20;
const MAIN_PROCESS = "systemctl show --property MainPID --value";

let lab: Lab;
let pair: TestPair;
let watch: Watch;
let weight = 1;

before(async () => {
  lab = await openTestLab();
  pair = await deploySite(lab, PROJECT, siteProgram(lab, APP));
});
after(async () => {
  await pair.close();
  rmSync(directory, { recursive: true });
});

/** The app with another weight each time: a change that hurts nobody. */
function nextApp(): Apps {
  weight += 1;
  return {
    app: { path: "/app/", backends: { ...APP["app"]?.backends, web9: { address: "203.0.113.29:80", weight } } },
  };
}

/** Hosts in the order in which an `up` changed something of the app there. */
async function orderOfUp(): Promise<string[]> {
  const order: string[] = [];
  await pair.site.stack.up({
    color: "never",
    onEvent: ({ resourcePreEvent }) => {
      const host = /::app-(lb\d)$/.exec(resourcePreEvent?.metadata.urn ?? "")?.[1];
      if (host !== undefined && resourcePreEvent?.metadata.op === "update") order.push(host);
    },
  });
  return order;
}

/** The release that each host runs. */
async function releases(): Promise<string[]> {
  const links = BALANCERS.map((host) => lab.sh(host, "basename $(readlink /opt/lbpair/current)"));
  return (await Promise.all(links)).map((link) => link.trim());
}

/** Process number of each daemon, host by host. */
async function mainProcesses(): Promise<Record<DaemonName, string>[]> {
  const ask = async (host: string) => {
    const [proxy = "", vrrp = ""] =
      (await lab.sh(host, `${MAIN_PROCESS} ${DAEMONS.map(unitName).join(" ")}`)).match(/\d+/g) ?? [];
    return { proxy, vrrp };
  };
  return Promise.all(BALANCERS.map(ask));
}

/** Comes back when each tunnel has carried a word there and back once more. */
async function allEcho(tunnels: Watch): Promise<void> {
  const each = TUNNELS.map((n) => tunnels.until(`tunnel ${n} echoes`, (sample) => isEcho(sample, n), ECHO_WAIT_MS));
  await Promise.all(each);
}

/** State of a host's virtual router; undefined while its daemon does not answer. */
function stateOf(host: string): Promise<string | undefined> {
  return vrrpStatus(lab, host).then(
    ({ instances }) => instances["main"]?.state,
    () => undefined,
  );
}

/** From, to and reason of each time that a host became Active, or was it no longer. */
async function takeoversSince(time: string, host: string): Promise<string[]> {
  const lines = (await lab.sh(host, "lbctl events --json --max 1000")).trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as Record<string, string>);
  const states = events.filter((each) => each["event"] === "state" && (each["time"] ?? "") > time);
  return states.map(({ from, to, reason }) => `${from} ${to} ${reason}`).filter((text) => text.includes("Active "));
}

async function textOn(host: string): Promise<string> {
  return lab.sh(host, `cat ${APP_FILE}`);
}

test("the first up makes the preferred host Active", async () => {
  assert.equal(await settledHolder(lab), "lb1");
});

test("a change reaches the standby first, whichever host that is", async () => {
  for (const active of ["lb1", "lb2"]) {
    if ((await settledHolder(lab)) !== active) {
      await lab.sh(otherOf(active), "systemctl restart lbpair-vrrp");
      await eventually(
        `${active} alone has the address`,
        () => holders(lab),
        (seen) => seen.join() === active,
      );
    }
    pair.site.setProgram(siteProgram(lab, nextApp()));
    assert.deepEqual(await orderOfUp(), [otherOf(active), active]);
  }
});

test("a change after which no backend is well is taken back on the standby, and the Active is never touched", async () => {
  watch = startWatch(lab, pair.browser, "/app/", 50);
  const active = await settledHolder(lab);
  const standby = otherOf(active);
  const before = { text: await textOn(standby), inode: await lab.sh(active, `stat -c %i ${APP_FILE}`) };
  const app = { ...APP["app"], path: "/app/", backends: {}, check: { path: "/broken", statusMax: 299 } };
  const backends = { web1: { address: "203.0.113.21:80" }, web2: { address: "203.0.113.22:80" } };
  const text = failure({
    operation: "up",
    project: PROJECT,
    stateDir: pair.site.stateDir,
    apps: { app: { ...app, backends } },
  });
  assert.match(text, new RegExp(`app-${standby}.*failed`));
  assert.match(text, /lbctl: app app has no usable backend any more: web1 down L7STS, web2 down L7STS/);
  assert.doesNotMatch(text, new RegExp(`app-${active} updating`));
  assert.equal(await textOn(standby), before.text);
  assert.equal(await lab.sh(active, `stat -c %i ${APP_FILE}`), before.inode);
});

/** What is said to an up with the release in `directory`, which fails and leaves the hosts with what they have. */
async function refusal(options: SiteOptions = {}): Promise<string> {
  const unpacked = () => Promise.all(BALANCERS.map((host) => lab.sh(host, "ls /opt/lbpair/releases")));
  const before = [await releases(), await unpacked()];
  const config = { "lbpair:releaseDirectory": directory };
  const { stateDir } = pair.site;
  const text = failure({ operation: "up", project: PROJECT, stateDir, apps: nextApp(), options, config });
  assert.deepEqual([await releases(), await unpacked()], before);
  return text;
}

test("a release that does not run on the host is refused on the standby", async () => {
  await writeOtherRelease(directory, "broken", "/etc/hostname");
  const active = await settledHolder(lab);
  assert.match(await refusal(), new RegExp(`edge-${otherOf(active)}-release .*failed`));
});

test("an archive that has another digest on the host than here is refused", async () => {
  await writeOtherRelease(directory, "damaged");
  misdescribe(directory, { sha256: "0".repeat(64) });
  assert.match(await refusal(), /lbpair damaged: got an archive with sha256 [0-9a-f]{64}, want 0{64}/);
});

test("a host that is another machine than declared says what it is before anything is copied to it", async () => {
  await writeOtherRelease(directory, "foreign", "/etc/hostname", "arm64");
  const copies = () => Promise.all(BALANCERS.map((host) => lab.sh(host, "stat -c '%n %y' ~/.lbpair/release/*")));
  const before = await copies();
  const text = await refusal({ host: { architecture: "arm64" } });
  for (const host of BALANCERS)
    assert.match(
      text,
      new RegExp(`edge: hosts.${host}.architecture: got "arm64", want "x64", which is what the host is`),
    );
  assert.deepEqual(await copies(), before);
});

test("a release for which a host has no room is refused", async () => {
  await writeOtherRelease(directory, "large");
  const [dir, room] = ["/opt/lbpair/releases", "/run/room"];
  const fill = `mkdir ${room}; mount -t tmpfs -o size=300m tmpfs ${room}; cp -a ${dir}/. ${room}; mount --bind ${room} ${dir}
    head -c 290M /dev/zero >${room}/.filler || :`;
  for (const host of BALANCERS) await lab.sh(host, fill);
  try {
    assert.match(await refusal(), /No space left on device/);
  } finally {
    for (const host of BALANCERS) await lab.sh(host, `umount ${dir}; umount ${room}; rmdir ${room}`);
  }
});

test("a release that is changed lets no request fail, and the old one stays for a way back", async (context) => {
  const [before, processes, active] = [await releases(), await mainProcesses(), await settledHolder(lab)];
  await writeOtherRelease(directory, "next");
  await pair.site.stack.setConfig("lbpair:releaseDirectory", { value: directory });
  const download = lab.run("client", [...DOWNLOAD, "--cacert", pair.browser.caPath]);
  const tunnels = startTunnels(lab, pair.browser, "/app/", TUNNELS.length);
  context.after(tunnels.stop);
  await allEcho(tunnels);
  const ping = startPing(lab, pair.browser.address, PING_INTERVAL_MS);
  context.after(ping.stop);
  const startedAt = new Date().toISOString();
  const change = pair.site.stack.up({ color: "never" });
  await eventually(
    "the standby has taken over",
    () => stateOf(otherOf(active)),
    (state) => state === "Active",
  );
  await allEcho(tunnels);
  // Their connections are the old daemon's still; whoever comes now is the new one's.
  const left = Number(processes[(BALANCERS as readonly string[]).indexOf(active)]?.proxy);
  assert.equal((await lab.exec(active, `kill -0 ${left} && [ $(${MAIN_PROCESS} lbpair-proxy) != ${left} ]`)).status, 0);
  assert.deepEqual(
    (await tunnels.stop()).filter((sample) => !isEcho(sample)),
    [],
  );
  const { status, stdout, stderr } = await download;
  assert.deepEqual([status, stdout], [0, String(DOWNLOAD_BYTES)], stderr);
  await change;
  const { answered, unanswered } = await ping.stop();
  assert.ok(answered > 0);
  assert.deepEqual(unanswered, []);
  // No advert was missed for so long that a host took over by itself.
  assert.deepEqual(await takeoversSince(startedAt, otherOf(active)), ["Backup Active switchover"]);
  assert.deepEqual(await takeoversSince(startedAt, active), ["Active Backup switchover"]);
  const [now, processesNow] = [await releases(), await mainProcesses()];
  for (const [index, host] of BALANCERS.entries()) {
    assert.notEqual(now[index], before[index]);
    for (const daemon of DAEMONS) assert.notEqual(processesNow[index]?.[daemon], processes[index]?.[daemon]);
    const kept = (await lab.sh(host, "ls /opt/lbpair/releases")).trim().split("\n");
    assert.deepEqual(kept, [before[index], now[index]].sort());
  }
});

test("a client noticed nothing of all that", async () => {
  const samples = await watch.stop();
  assert.ok(samples.length > 20);
  assert.deepEqual(
    samples.filter((sample) => !isGood(sample)),
    [],
  );
});
