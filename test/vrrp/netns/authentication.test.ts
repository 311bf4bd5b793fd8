import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { documentOf, findRuntimes, startDaemon, writeKey } from "./daemon.ts";
import { startKeepalived } from "./keepalived.ts";
import { buildRig, hasTool, whyNot } from "./rig.ts";

const skip = whyNot() ?? false;
if (skip !== false) console.log(`authentication between namespaces skipped: ${skip}`);
const withoutKeepalived = hasTool("keepalived") ? false : "needs Debian's keepalived";

const TIMEOUT_MS = 240_000;
const KEY = "0123456789abcdef0123456789abcdef";
const hmac = (mode: "receive-only" | "permissive" | "enforce") => ({ authentication: { kind: "hmac" as const, mode } });

for (const runtime of findRuntimes().runtimes) {
  describe(`authentication on ${runtime.name}`, { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
    test("with one key the Backup follows the Active; a stranger without it does not disturb", async (t) => {
      const rig = buildRig(t, "lb1", "lb2", "stranger");
      for (const host of ["lb1", "lb2"]) writeKey(rig, host, "vrrp-hmac", KEY);
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200, hmac("enforce")));
      await lb1.reaches("Active");
      const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(100, hmac("enforce")));
      await lb2.child.until(/192\.0\.2\.11 is Active, with priority 200/, 0);
      const stranger = await startDaemon(rig, "stranger", runtime, documentOf(250, { preempt: "always" }));
      await stranger.reaches("Active");
      let refused = 0;
      while (refused < 3) refused = (await lb1.status()).instances["edge"]?.advertsDiscarded["unsigned"] ?? 0;
      assert.equal((await lb1.status()).instances["edge"]?.state, "Active");
      const { edge } = (await lb2.status()).instances;
      assert.deepEqual([edge?.state, edge?.activeAddress], ["Backup", "192.0.2.11"]);
    });

    test("signing is brought in step by step, without a change of the Active", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      for (const host of ["lb1", "lb2"]) writeKey(rig, host, "vrrp-hmac", KEY);
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200));
      await lb1.reaches("Active");
      const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(100));
      await lb2.child.until(/192\.0\.2\.11 is Active, with priority 200/, 0);
      for (const mode of ["receive-only", "permissive", "enforce"] as const) {
        for (const [daemon, priority] of [
          [lb2, 100],
          [lb1, 200],
        ] as const) {
          daemon.configure(documentOf(priority, hmac(mode)));
          assert.deepEqual(await daemon.reload(), { isOk: true, problems: [] });
          const before = (await lb2.status()).instances["edge"]?.advertsReceived ?? 0;
          for (let now = before; now < before + 3; ) now = (await lb2.status()).instances["edge"]?.advertsReceived ?? 0;
        }
      }
      const { edge } = (await lb2.status()).instances;
      assert.deepEqual(edge?.advertsDiscarded, {});
      assert.equal(lb1.child.lines.filter((line) => /"event":"state"/.test(line)).length, 2);
    });

    test("a missing key is refused, by name", async (t) => {
      const rig = buildRig(t, "lb1");
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200));
      lb1.configure(documentOf(200, hmac("enforce")));
      const answer = await lb1.reload();
      assert.deepEqual(answer.problems, ["keys/vrrp-hmac: got no file, want a key of 32..64 bytes"]);
    });

    describe("beside keepalived", { skip: withoutKeepalived, concurrency: true }, () => {
      const unicast = (own: string, peer: string) => [`unicast_src_ip ${own}`, "unicast_peer {", peer, "}"];
      const LB1 = "192.0.2.11";
      const LB2 = "192.0.2.12";

      test("version 2 with a password: both follow each other; another password is another router", async (t) => {
        const rig = buildRig(t, "lb1", "lb2", "lb3");
        const given = { version: 2, advertIntervalMs: 1_000, authentication: { kind: "password" } } as const;
        const theirs = { version: 2, advertSeconds: 1 } as const;
        const auth = (password: string) => ["authentication {", "auth_type PASS", `auth_pass ${password}`, "}"];
        for (const [host, password] of [
          ["lb1", "s3cr3t\n"],
          ["lb3", "other"],
        ] as const)
          writeKey(rig, host, "vrrp-password", password);
        const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(200, given));
        await lb1.reaches("Active");
        const keepalived = await startKeepalived(rig, "lb2", { ...theirs, priority: 100, lines: auth("s3cr3t") });
        const lb3 = await startDaemon(rig, "lb3", runtime, documentOf(50, given));
        let refused = 0;
        while (refused < 5)
          refused = (await lb3.status()).instances["edge"]?.advertsDiscarded["other-authentication"] ?? 0;
        assert.ok(!keepalived.lines.some((line) => /Entering MASTER/.test(line)));
        await lb3.child.kill("SIGTERM");
        await lb1.child.kill("SIGTERM");
        await keepalived.until(/Entering MASTER STATE/, 0);
        const again = await startDaemon(rig, "lb1", runtime, documentOf(50, given));
        await again.child.until(/192\.0\.2\.12 is Active, with priority 100/, 0);
      });

      for (const { version, advertSeconds, given } of [
        { version: 2, advertSeconds: 1, given: { version: 2, advertIntervalMs: 1_000 } },
        { version: 3, advertSeconds: 0.1, given: { version: 3, advertIntervalMs: 100 } },
      ] as const) {
        test(`unicast, version ${version}: ours follows keepalived and takes over; keepalived follows ours and takes over`, async (t) => {
          const rig = buildRig(t, "lb1", "lb2");
          const theirs = { version, advertSeconds };
          const keepalived = await startKeepalived(rig, "lb1", { ...theirs, priority: 200, lines: unicast(LB1, LB2) });
          await keepalived.until(/Entering MASTER STATE/, 0);
          const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(100, { ...given, peers: [LB1] }));
          await lb2.child.until(/192\.0\.2\.11 is Active, with priority 200/, 0);
          const taken = lb2.reaches("Active");
          await keepalived.kill("SIGTERM");
          assert.match(await taken, /192\.0\.2\.11 resigned/);
          assert.deepEqual((await lb2.status()).instances["edge"]?.advertsDiscarded, {});
          const follower = await startKeepalived(rig, "lb1", { ...theirs, priority: 50, lines: unicast(LB1, LB2) });
          const sent = (await lb2.status()).instances["edge"]?.advertsSent ?? 0;
          for (let now = sent; now < sent + 5; ) now = (await lb2.status()).instances["edge"]?.advertsSent ?? 0;
          assert.ok(!follower.lines.some((line) => /Entering MASTER/.test(line)));
          await lb2.child.kill("SIGTERM");
          await follower.until(/Entering MASTER STATE/, 0);
        });
      }
    });
  });
}
