import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { documentOf, findRuntimes, startDaemon } from "./daemon.ts";
import { buildRig, type Rig, whyNot } from "./rig.ts";

const skip = whyNot() ?? false;
if (skip !== false) console.log(`programs of the user skipped: ${skip}`);

const TIMEOUT_MS = 240_000;
const sh = (text: string) => ["/bin/sh", "-c", text];

const NOBODY = "65534";

/** As systemd runs the daemon: another user, with three ambient capabilities. */
function asService(rig: Rig): string[] {
  for (const place of [rig.directory, join(rig.directory, "lb1"), join(rig.directory, "lb1", "run")]) {
    mkdirSync(place, { recursive: true });
    chmodSync(place, 0o777);
  }
  const three = "+net_raw,+net_admin,+sys_nice";
  return ["setpriv", `--reuid=${NOBODY}`, "--clear-groups", `--inh-caps=${three}`, `--ambient-caps=${three}`];
}

for (const runtime of findRuntimes().runtimes) {
  describe(`programs of the user, on ${runtime.name}`, { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
    test("a tracked script that fails moves the addresses, and lets the host take part again when it is well", async (t) => {
      const rig = buildRig(t, "lb1", "lb2");
      const well = join(rig.directory, "well");
      writeFileSync(well, "");
      const tracked = { scripts: { file: { command: sh(`test -e ${well}`), intervalMs: 20, timeoutMs: 5_000 } } };
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, {}, tracked));
      await lb1.reaches("Active");
      const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(253));
      await lb2.child.until(/192\.0\.2\.11 is Active/, 0);
      const taken = lb2.reaches("Active");
      rmSync(well);
      assert.match(await taken, /192\.0\.2\.11 resigned/);
      assert.match(await lb1.reaches("Fault"), /script file: ended with status 1/);
      writeFileSync(well, "");
      await lb1.reaches("Backup");
    });

    test("hooks and scripts have none of the capabilities that the daemon has", async (t) => {
      const rig = buildRig(t, "lb1");
      const seen = (name: string) => join(rig.directory, name);
      const tell = (name: string) => sh(`grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status > ${seen(name)}`);
      const hooks = [{ command: tell("hook") }];
      const tracked = { scripts: { look: { command: tell("script"), timeoutMs: 5_000 } } };
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, { hooks }, tracked), asService(rig));
      await lb1.reaches("Active");
      assert.match(rig.exec("lb1", "cat", `/proc/${lb1.child.pid}/status`), /^CapEff:\t0000000000803000$/m);
      assert.equal(await lb1.child.kill("SIGTERM"), 0, lb1.child.lines.slice(-3).join("\n"));
      const NONE = "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n";
      assert.deepEqual([rig.exec("lb1", "cat", seen("hook")), rig.exec("lb1", "cat", seen("script"))], [NONE, NONE]);
    });

    test("external addresses are the hooks' to move: this host sets nothing, and tells every state, the last one too", async (t) => {
      const rig = buildRig(t, "lb1");
      const told = join(rig.directory, "told");
      const hooks = [{ command: sh(`echo $LBPAIR_STATE >> ${told}`) }];
      const external = { isExternal: true, interface: "eth0", hooks };
      const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, external));
      await lb1.reaches("Active");
      assert.deepEqual(rig.virtualAddresses("lb1"), []);
      assert.equal(await lb1.child.kill("SIGTERM"), 0, lb1.child.lines.slice(-3).join("\n"));
      const states = rig.exec("lb1", "cat", told).trim().split("\n");
      assert.equal(states.at(-1), "Initialize");
      assert.equal(states[0], "Backup");
    });
  });
}
