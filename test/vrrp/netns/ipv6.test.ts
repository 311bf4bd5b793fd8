import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { documentOf, findRuntimes, startDaemon } from "./daemon.ts";
import { startKeepalived } from "./keepalived.ts";
import { hasTool, whyNot } from "./rig.ts";
import { BOTH, buildRig6, SIX, virtualAddresses6 } from "./rig6.ts";

const skip = whyNot() ?? false;
if (skip !== false) console.log(`IPv6 between namespaces skipped: ${skip}`);
const hasKeepalived = hasTool("keepalived");
if (!hasKeepalived) console.log("IPv6 beside keepalived skipped: needs Debian's keepalived");

const TIMEOUT_MS = 240_000;
const FOLLOWED = /fe80::\S+ is Active, with priority 200/;

for (const runtime of findRuntimes().runtimes) {
  describe(`over IPv6 on ${runtime.name}`, { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
    test("advertised to ff02::12 from a link-local source; the addresses are usable at once and announced; the other follows", async (t) => {
      const rig = buildRig6(t, "lb1", "lb2");
      const wire = rig.spawn("switch", "tcpdump", "-i", "br0", "-nn", "-v", "-l", "--immediate-mode", "ip6");
      await wire.until(/listening on br0/);
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200, SIX));
      await lb1.reaches("Active");
      const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(100, SIX));
      await lb2.child.until(FOLLOWED, 0);
      await wire.until(
        /class 0xc0, hlim 255, next-header VRRP.*fe80::\S+ > ff02::12: .*vrid 51, prio 200, intvl 10cs/,
        0,
      );
      await wire.until(
        /2001:db8::100 > ff02::1: .*neighbor advertisement.*tgt is 2001:db8::100, Flags \[override\]/,
        0,
      );
      assert.deepEqual(virtualAddresses6(rig, "lb1"), BOTH);
      assert.deepEqual(virtualAddresses6(rig, "lb2"), []);
      assert.ok(rig.exec("lb2", "ping", "-6", "-c1", "-W2", "2001:db8::100").includes("1 received"));
      const taken = lb2.reaches("Active");
      await lb1.child.kill("SIGTERM");
      assert.match(await taken, /resigned/);
      assert.deepEqual([virtualAddresses6(rig, "lb1"), virtualAddresses6(rig, "lb2")], [[], BOTH]);
      const { edge } = (await lb2.status()).instances;
      assert.deepEqual(edge?.advertsDiscarded, {});
    });

    test("unicast between global addresses: the Backup follows, and takes over when the Active is killed", async (t) => {
      const rig = buildRig6(t, "lb1", "lb2");
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200, { ...SIX, peers: ["2001:db8::12"] }));
      await lb1.reaches("Active");
      const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(100, { ...SIX, peers: ["2001:db8::11"] }));
      await lb2.child.until(/2001:db8::11 is Active, with priority 200/, 0);
      const taken = lb2.reaches("Active");
      await lb1.child.kill("SIGKILL");
      assert.match(await taken, /no advertisement from 2001:db8::11/);
    });

    describe("beside keepalived", { skip: hasKeepalived ? false : "needs keepalived", concurrency: true }, () => {
      const theirs = { version: 3, advertSeconds: 0.1, addresses: [...SIX.addresses] } as const;

      test("keepalived is Active and stops: ours follows it, then takes over", async (t) => {
        const rig = buildRig6(t, "lb1", "lb2");
        const keepalived = await startKeepalived(rig, "lb1", { ...theirs, priority: 200 });
        await keepalived.until(/Entering MASTER STATE/, 0);
        const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(100, SIX));
        await lb2.child.until(FOLLOWED, 0);
        const taken = lb2.reaches("Active");
        await keepalived.kill("SIGTERM");
        assert.match(await taken, /resigned/);
      });

      test("ours is Active and stops: keepalived follows it, then takes over", async (t) => {
        const rig = buildRig6(t, "lb1", "lb2");
        const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200, SIX));
        await lb1.reaches("Active");
        const keepalived = await startKeepalived(rig, "lb2", { ...theirs, priority: 100 });
        const wire = rig.spawn("switch", "tcpdump", "-i", "br0", "-nn", "-l", "--immediate-mode", "ip6 proto 112");
        for (let seen = 0, from = 0; seen < 5; seen++) {
          const line = await wire.until(/vrid 51/, from);
          assert.match(line, /prio 200/);
          from = wire.lines.indexOf(line, from) + 1;
        }
        await lb1.child.kill("SIGTERM");
        await keepalived.until(/Entering MASTER STATE/, 0);
        const complaints = keepalived.lines.filter((line) => /checksum|invalid|bogus|dropp/i.test(line));
        assert.deepEqual(complaints, []);
      });
    });
  });
}
