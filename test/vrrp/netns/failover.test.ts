import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import {
  type DaemonUnderTest,
  documentOf,
  findRuntimes,
  MAIN,
  PATIENT,
  type Runtime,
  startDaemon,
  startFakeProxy,
} from "./daemon.ts";
import { buildRig, type Rig, whyNot } from "./rig.ts";

const skip = whyNot() ?? false;
if (skip !== false) console.log(`failover between namespaces skipped: ${skip}`);
const { runtimes, missing } = findRuntimes();
for (const reason of missing) console.log(`failover without ${reason}`);

const TIMEOUT_MS = 240_000;
const VIRTUAL = "192.0.2.100/32";

/** lb1 is Active, lb2 its Backup. */
async function startPair(rig: Rig, runtime: Runtime): Promise<{ lb1: DaemonUnderTest; lb2: DaemonUnderTest }> {
  const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254));
  await lb1.reaches("Active");
  const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(253));
  await lb2.child.until(/192\.0\.2\.11 is Active, with priority 254/, 0);
  return { lb1, lb2 };
}

for (const runtime of runtimes) {
  describe(`two daemons on ${runtime.name}`, { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
    test("one becomes Active, advertises, has the address and announces it in both forms", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const wire = await rig.observe();
      const { lb2 } = await startPair(rig, runtime);
      await wire.until(/192\.0\.2\.11 > 224\.0\.0\.18: VRRPv3, Advertisement, vrid 51, prio 254, intvl 10cs/, 0);
      await wire.until(/ARP, Request who-has 192\.0\.2\.100 \(ff:ff:ff:ff:ff:ff\) tell 192\.0\.2\.100/, 0);
      await wire.until(/ARP, Reply 192\.0\.2\.100 is-at/, 0);
      assert.deepEqual(rig.virtualAddresses("lb1"), [VIRTUAL]);
      assert.deepEqual(rig.virtualAddresses("lb2"), []);
      const { edge } = (await lb2.status()).instances;
      assert.equal(edge?.state, "Backup");
      assert.equal(edge.activeAddress, "192.0.2.11");
      assert.ok(edge.advertsReceived > 0);
      assert.equal(rig.exec("lb2", "ping", "-c1", "-W2", "192.0.2.100").includes("1 received"), true);
    });

    test("SIGTERM: priority 0 is sent, the address removed, the other takes over, the process ends with 0", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const wire = await rig.observe();
      const { lb1, lb2 } = await startPair(rig, runtime);
      const taken = lb2.reaches("Active");
      assert.equal(await lb1.child.kill("SIGTERM"), 0);
      assert.match(await wire.until(/prio 0,/, 0), /192\.0\.2\.11 > 224\.0\.0\.18/);
      assert.match(await taken, /192\.0\.2\.11 resigned/);
      assert.deepEqual(rig.virtualAddresses("lb1"), []);
      assert.deepEqual(rig.virtualAddresses("lb2"), [VIRTUAL]);
    });

    test("SIGKILL: the other takes over, and the dead host's address vanishes by itself", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1, lb2 } = await startPair(rig, runtime);
      const addresses = await rig.monitorAddresses("lb1");
      const taken = lb2.reaches("Active");
      await lb1.child.kill("SIGKILL");
      assert.match(await taken, /no advertisement from 192\.0\.2\.11/);
      await addresses.until(/Deleted.*192\.0\.2\.100/, 0);
      assert.deepEqual(rig.virtualAddresses("lb1"), []);
      assert.deepEqual(rig.virtualAddresses("lb2"), [VIRTUAL]);
    });

    test("SIGKILL, then --release-addresses as ExecStopPost does: the address is gone when it ends", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1 } = await startPair(rig, runtime);
      await lb1.child.kill("SIGKILL");
      rig.exec("lb1", runtime.path, MAIN, "--release-addresses", "--config-dir", lb1.configDir);
      assert.deepEqual(rig.virtualAddresses("lb1"), []);
    });

    test("a cut cable: the cut host gives the address back, the other takes it; healed, it stays there", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1, lb2 } = await startPair(rig, runtime);
      const taken = lb2.reaches("Active");
      rig.cut("lb1");
      assert.match(await lb1.reaches("Fault"), /interface eth0: down or without carrier/);
      await taken;
      assert.deepEqual(rig.virtualAddresses("lb1"), []);
      rig.heal("lb1");
      await lb1.reaches("Backup");
      assert.deepEqual(rig.virtualAddresses("lb2"), [VIRTUAL]);
    });

    test("an address deleted by hand is set again and announced", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1 } = await startPair(rig, runtime);
      const addresses = await rig.monitorAddresses("lb1");
      const wire = await rig.observe();
      const announced = wire.until(/ARP, Reply 192\.0\.2\.100 is-at/);
      rig.exec("lb1", "ip", "address", "delete", VIRTUAL, "dev", "eth0");
      await lb1.child.until(/removed by someone else/, 0);
      await announced;
      await addresses.until(/^(?!.*Deleted).*192\.0\.2\.100/, 0);
      assert.deepEqual(rig.virtualAddresses("lb1"), [VIRTUAL]);
      const { edge } = (await lb1.status()).instances;
      assert.deepEqual([edge?.addressesRestored, edge?.addressesPresent], [1, ["192.0.2.100/24"]]);
    });

    test("addresses that an earlier run left are removed at the start", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254));
      await lb1.reaches("Active");
      rig.exec("lb2", "ip", "address", "add", "192.0.2.100/24", "dev", "eth0");
      const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(253));
      assert.equal((await lb2.status()).instances["edge"]?.state, "Backup");
      assert.deepEqual(rig.virtualAddresses("lb2"), []);
    });

    test("SIGSTOP longer than the others wait: after SIGCONT the sleeper stays behind the new Active", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1, lb2 } = await startPair(rig, runtime);
      const taken = lb2.reaches("Active");
      lb1.child.signal("SIGSTOP");
      await taken;
      lb1.child.signal("SIGCONT");
      assert.match(await lb1.child.until(/"to":"Backup"/), /this host slept/);
      assert.deepEqual(rig.virtualAddresses("lb1"), []);
      assert.deepEqual(rig.virtualAddresses("lb2"), [VIRTUAL]);
    });

    test("a proxy that dies, or says that it does not serve, takes the address to the other host", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const proxy1 = await startFakeProxy(t, rig, "lb1");
      const proxy2 = await startFakeProxy(t, rig, "lb2");
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, {}, PATIENT));
      await lb1.reaches("Active");
      const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(253, {}, PATIENT));
      await lb2.reaches("Backup");
      const taken = lb2.reaches("Active");
      proxy1.say(false, "certificate expired");
      assert.match(await lb1.reaches("Fault"), /proxy: certificate expired/);
      await taken;
      proxy1.say(true, "");
      await lb1.reaches("Backup");
      const takenBack = lb1.reaches("Active");
      await proxy2.close();
      assert.match(await lb2.reaches("Fault"), /proxy: (closed the connection|not running)/);
      await takenBack;
      assert.deepEqual(rig.virtualAddresses("lb1"), [VIRTUAL]);
    });

    test("a proxy whose lifeline ends without a word is dead; after a good-bye it is not", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const proxy = await startFakeProxy(t, rig, "lb1");
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, {}, PATIENT));
      await lb1.reaches("Active");
      proxy.letGo("b");
      // Its next word comes on the same connection, and so tells of no other lifeline.
      proxy.say(false, "draining");
      assert.match(await lb1.reaches("Fault"), /proxy: draining/);
      await proxy.close();
      const next = await startFakeProxy(t, rig, "lb1");
      await lb1.reaches("Active");
      next.letGo("");
      assert.match(await lb1.child.until(/"to":"Fault"/), /proxy: its process died/);
    });

    test("without a proxy a host is not Active at all", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, {}, { trackProxy: {} }));
      assert.match(await lb1.reaches("Fault"), /proxy: not asked yet/);
      await lb1.child
        .until(/"event":"proxy","isHealthy":false|"because":"not running \(ENOENT\)"/, 0)
        .catch(() => undefined);
      const { proxy, instances } = await lb1.status();
      assert.equal(proxy.isHealthy, false);
      assert.equal(instances["edge"]?.state, "Fault");
    });

    test("a reload changes addresses and priority without a pause; a bad configuration changes nothing", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const { lb1 } = await startPair(rig, runtime);
      const wire = await rig.observe();
      const changed = wire.until(/prio 200,/);
      lb1.configure(documentOf(200, { addresses: ["192.0.2.100/24", "192.0.2.101/24"] }));
      lb1.child.signal("SIGHUP");
      await lb1.child.until(/"event":"reload","isOk":true/, 0);
      await changed;
      assert.deepEqual(rig.virtualAddresses("lb1"), [VIRTUAL, "192.0.2.101/32"]);
      const { hashes } = await lb1.status();
      lb1.configure(documentOf(0));
      lb1.child.signal("SIGHUP");
      await lb1.child.until(/"isOk":false.*instances\.edge\.priority: got 0, want an integer 1\.\.254/, 0);
      const after = await lb1.status();
      assert.deepEqual(after.hashes, hashes);
      assert.equal(after.lastReload.isOk, false);
      assert.equal(after.instances["edge"]?.state, "Active");
      lb1.configure(documentOf(200, { addresses: ["192.0.2.101/24"] }));
      lb1.child.signal("SIGHUP");
      const from = lb1.child.lines.length;
      await lb1.child.until(/"event":"reload","isOk":true/, from);
      assert.deepEqual(rig.virtualAddresses("lb1"), ["192.0.2.101/32"]);
      assert.equal(lb1.child.lines.filter((line) => line.includes('"event":"state"')).length, 2);
    });

    test("three capabilities are enough, and without them it ends at once and says why", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const only = (capabilities: string) => ["setpriv", `--bounding-set=-all${capabilities}`, "--inh-caps=-all"];
      const wrapper = only(",+net_raw,+net_admin,+sys_nice");
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254), wrapper);
      await lb1.child.until(/"scheduler":"SCHED_RR 10"/, 0);
      await lb1.reaches("Active");
      assert.equal(await lb1.child.kill("SIGTERM"), 0);
      assert.deepEqual(rig.virtualAddresses("lb1"), []);
      await assert.rejects(startDaemon(rig, "lb2", runtime, documentOf(253), only("")), /engine: socket: EPERM/);
    });

    test("--check names every problem and ends with 1, and warns of the classic trap", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const daemon = await startDaemon(rig, "lb1", runtime, documentOf(254));
      daemon.configure(documentOf(999, { vrid: 0 }));
      const check = () =>
        execFileSync(runtime.path, [MAIN, "--check", "--config-dir", daemon.configDir], {
          encoding: "utf8",
          stdio: "pipe",
        });
      assert.throws(check, (error: { status: number; stderr: string }) => {
        assert.equal(error.status, 1);
        assert.match(error.stderr, /^vrrp\.jsonl: instances\.edge\.vrid: got 0, want an integer 1\.\.255$/m);
        assert.match(error.stderr, /^vrrp\.jsonl: instances\.edge\.priority: got 999, want an integer 1\.\.254$/m);
        return true;
      });
    });
  });
}
