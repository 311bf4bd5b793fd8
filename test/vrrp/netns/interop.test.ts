import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Child } from "./child.ts";
import { documentOf, findRuntimes, startDaemon } from "./daemon.ts";
import { startKeepalived } from "./keepalived.ts";
import { buildRig, hasTool, whyNot } from "./rig.ts";

const skip = whyNot() ?? (hasTool("keepalived") ? false : "needs Debian's keepalived");
if (skip !== false) console.log(`interoperation with keepalived skipped: ${skip}`);

const TIMEOUT_MS = 240_000;
const LB1 = "192.0.2.11";
const LB2 = "192.0.2.12";
const OURS = "192.0.2.100/32";
const THEIRS = "192.0.2.100/24";

/** Two speeds: keepalived's own in version 2, and ours in version 3. */
const protocols = [
  { version: 2, advertSeconds: 1, given: { version: 2, advertIntervalMs: 1_000 } },
  { version: 3, advertSeconds: 0.1, given: { version: 3, advertIntervalMs: 100 } },
] as const;

/** Sources of the next `count` adverts on the wire. */
async function nextSources(wire: Child, count: number): Promise<Set<string>> {
  const sources = new Set<string>();
  for (let seen = 0, from = wire.lines.length; seen < count; seen++) {
    const line = await wire.until(/VRRPv/, from);
    from = wire.lines.indexOf(line, from) + 1;
    sources.add(/IP (\S+) >/.exec(line)?.[1] ?? "");
  }
  return sources;
}

for (const runtime of findRuntimes().runtimes) {
  for (const { version, advertSeconds, given } of protocols) {
    describe(`with keepalived, version ${version}, on ${runtime.name}`, {
      skip,
      timeout: TIMEOUT_MS,
      concurrency: true,
    }, () => {
      test("keepalived is Active and stops: our Backup follows it, then takes over after its skew", async (t) => {
        const rig = buildRig(t, "lb1", "lb2");
        const keepalived = await startKeepalived(rig, "lb1", { version, priority: 200, advertSeconds });
        await keepalived.until(/Entering MASTER STATE/, 0);
        const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(100, given));
        await lb2.child.until(new RegExp(`${LB1} is Active, with priority 200`.replaceAll(".", "\\.")), 0);
        assert.deepEqual(rig.virtualAddresses("lb1"), [THEIRS]);
        assert.deepEqual(rig.virtualAddresses("lb2"), []);
        const { edge } = (await lb2.status()).instances;
        assert.deepEqual(edge?.advertsDiscarded, {});
        const taken = lb2.reaches("Active");
        await keepalived.kill("SIGTERM");
        assert.match(await taken, /192\.0\.2\.11 resigned/);
        assert.deepEqual(rig.virtualAddresses("lb1"), []);
        assert.deepEqual(rig.virtualAddresses("lb2"), [OURS]);
      });

      test("keepalived is Active and its cable is cut: our Backup takes over after the down interval", async (t) => {
        const rig = buildRig(t, "lb1", "lb2");
        const keepalived = await startKeepalived(rig, "lb1", { version, priority: 200, advertSeconds });
        await keepalived.until(/Entering MASTER STATE/, 0);
        const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(100, given));
        await lb2.child.until(/is Active, with priority 200/, 0);
        const taken = lb2.reaches("Active");
        rig.cut("lb1");
        assert.match(await taken, /no advertisement from 192\.0\.2\.11/);
      });

      test("ours is Active and stops: keepalived follows it, then takes over after its skew", async (t) => {
        const rig = buildRig(t, "lb1", "lb2");
        const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200, given));
        await lb1.reaches("Active");
        const keepalived = await startKeepalived(rig, "lb2", { version, priority: 100, advertSeconds });
        const wire = await rig.observe();
        assert.deepEqual(await nextSources(wire, 5), new Set([LB1]));
        assert.deepEqual(rig.virtualAddresses("lb2"), []);
        await lb1.child.kill("SIGTERM");
        await keepalived.until(/Entering MASTER STATE/, 0);
        assert.deepEqual(await nextSources(wire, 3), new Set([LB2]));
        assert.deepEqual(rig.virtualAddresses("lb1"), []);
        const complaints = keepalived.lines.filter((line) => /checksum|invalid|bogus|dropp/i.test(line));
        assert.deepEqual(complaints, []);
      });

      test("ours is Active and killed: keepalived takes over after the down interval", async (t) => {
        const rig = buildRig(t, "lb1", "lb2");
        const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200, given));
        await lb1.reaches("Active");
        const keepalived = await startKeepalived(rig, "lb2", { version, priority: 100, advertSeconds });
        assert.deepEqual(await nextSources(await rig.observe(), 3), new Set([LB1]));
        await lb1.child.kill("SIGKILL");
        await keepalived.until(/Entering MASTER STATE/, 0);
      });

      test("keepalived preempts with a higher priority: ours yields, and there are never two for long", async (t) => {
        const rig = buildRig(t, "lb1", "lb2");
        const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(100, given));
        await lb1.reaches("Active");
        const keepalived = await startKeepalived(rig, "lb2", { version, priority: 200, advertSeconds });
        await keepalived.until(/Entering MASTER STATE/, 0);
        assert.match(
          await lb1.child.until(/"from":"Active","to":"Backup"/, 0),
          /192\.0\.2\.12 is Active with priority 200/,
        );
        assert.deepEqual(await nextSources(await rig.observe(), 5), new Set([LB2]));
        assert.deepEqual(rig.virtualAddresses("lb1"), []);
      });

      test("ours preempts keepalived when told to", async (t) => {
        const rig = buildRig(t, "lb1", "lb2");
        const keepalived = await startKeepalived(rig, "lb2", { version, priority: 100, advertSeconds });
        await keepalived.until(/Entering MASTER STATE/, 0);
        const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200, { ...given, preempt: "always" }));
        assert.match(await lb1.reaches("Active"), /preempts 192\.0\.2\.12, whose priority is 100; own is 200/);
        await keepalived.until(
          /Entering BACKUP STATE/,
          keepalived.lines.findIndex((l) => l.includes("MASTER")),
        );
        assert.deepEqual(await nextSources(await rig.observe(), 5), new Set([LB1]));
        assert.deepEqual(rig.virtualAddresses("lb2"), []);
      });
    });
  }
}
