import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { explain, formatEvent, readEvents, readMetrics } from "../../../cli/events.ts";
import { placesBelow } from "../../../cli/places.ts";
import { documentOf, findRuntimes, PATIENT, startDaemon, startFakeProxy } from "./daemon.ts";
import { buildRig, hasTool, whyNot } from "./rig.ts";

const skip = whyNot() ?? (hasTool("curl") ? false : "needs curl");
if (skip !== false) console.log(`evidence of decisions skipped: ${skip}`);

const TIMEOUT_MS = 240_000;

for (const runtime of findRuntimes().runtimes) {
  describe(`seen from outside, on ${runtime.name}`, { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
    test("why, events and metrics tell of a takeover and of a failed proxy, also after a restart", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const proxy = await startFakeProxy(t, rig, "lb1");
      const tracked = { ...PATIENT, metrics: { address: "192.0.2.11", port: 9_112 } };
      // lbctl finds sockets at /run/lbpair/vrrp below its root, so the daemon is given that place.
      const runDir = join(rig.directory, "lb1", "run", "lbpair", "vrrp");
      mkdirSync(runDir, { recursive: true });
      const placed = ["--state-dir", join(rig.directory, "lb1", "state"), "--run-dir", runDir];
      const places = { ...placesBelow(""), runDir: dirname(runDir) };
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, {}, tracked), [], placed);
      await lb1.reaches("Active");

      assert.match(await explain(places), /^edge: Active \(192\.0\.2\.100\/24\)\nbecause no advertisement heard/);
      const evidence = (await readEvents(places, 100)).findLast(({ event }) => event === "state")?.["evidence"];
      assert.deepEqual(Object.keys(evidence as object).slice(0, 4), ["priority", "source", "faults", "lastAdvertMs"]);

      assert.match(await readMetrics(places), /^lbpair_vrrp_address_present\{.*"192\.0\.2\.100\/24"\} 1$/m);
      proxy.say(false, "no listener");
      await lb1.reaches("Fault");
      const explained = await explain(places);
      assert.match(explained, /^edge: Fault /);
      assert.match(
        explained,
        /Active -> Fault because proxy: no listener \[priority 254, .*faults proxy: no listener, /,
      );

      const scraped = rig.exec("lb2", "curl", "-sS", "--max-time", "5", "http://192.0.2.11:9112/metrics");
      for (const text of [scraped, await readMetrics(places)]) {
        assert.match(text, /^lbpair_vrrp_state\{instance="edge",state="Fault"\} 1$/m);
        assert.match(
          text,
          /^lbpair_vrrp_transitions_total\{instance="edge",from="Active",to="Fault",reason="unable"\} 1$/m,
        );
        assert.match(text, /^lbpair_vrrp_adverts_sent_total\{instance="edge",kind="resignation"\} 1$/m);
        assert.match(text, /^lbpair_vrrp_address_present\{instance="edge",address="192\.0\.2\.100\/24"\} 0$/m);
        assert.match(text, /^lbpair_vrrp_announcements_sent_total\{instance="edge"\} [1-9]/m);
        assert.match(text, /^lbpair_vrrp_timer_lateness_seconds_count [1-9]/m);
      }

      await lb1.child.kill("SIGKILL");
      await startDaemon(rig, "lb1", runtime, documentOf(254, {}, tracked), [], placed);
      const events = await readEvents(places, 1_000);
      assert.ok(events.some(({ from, to }) => from === "Active" && to === "Fault"));
      assert.equal(events.filter(({ event }) => event === "started").length, 2);
      assert.match(formatEvent(events[0] ?? assert.fail()), /^\d{4}-\d\d-\d\dT\S+ engine \[scheduler /);
    });
  });
}
