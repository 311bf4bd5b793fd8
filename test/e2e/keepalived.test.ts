import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { VrrpStatus } from "../../config/status.ts";
import type { Lab } from "../../lab/lab.ts";
import type { VrrpArgs } from "../../provider/index.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { APP, deployPair, eventually, holders, type TestPair, virtualAddress, vrrpStatus } from "./lib/pair.ts";
import { siteProgram } from "./lib/site.ts";

// Debian's keepalived on lb1 and ours on lb2 as one pair: what an operator has while moving from one to the other.

const OURS = "lb2";
const THEIRS = "lb1";
const CONFIG = "/run/keepalived-peer.conf";

let lab: Lab;
let pair: TestPair;

before(async () => {
  lab = await openTestLab();
  pair = await deployPair(lab, "keepalived", {});
});
after(async () => {
  await stopKeepalived();
  await lab.sh(THEIRS, `rm -f ${CONFIG}; systemctl start lbpair-vrrp`);
  await pair.close();
});

/** A transient unit, so that nothing of it stays when it is stopped. */
async function startKeepalived(version: number, advertSeconds: string): Promise<void> {
  const text = `
global_defs { vrrp_version ${version} }
vrrp_instance peer {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int ${advertSeconds}
  nopreempt
  virtual_ipaddress { ${virtualAddress(lab)}/24 dev eth0 }
}
`;
  await lab.sh(THEIRS, `cat > ${CONFIG}`, text);
  await lab.sh(
    THEIRS,
    `systemd-run --quiet --unit=keepalived-peer keepalived --dont-fork --log-console --use-file ${CONFIG}`,
  );
}

async function stopKeepalived(): Promise<void> {
  await lab.exec(THEIRS, "systemctl stop keepalived-peer; systemctl reset-failed keepalived-peer");
}

type Instance = VrrpStatus["instances"][string];

async function ourInstance(): Promise<Instance> {
  const instance = (await vrrpStatus(lab, OURS)).instances["main"];
  assert.ok(instance);
  return instance;
}

function heldBy(host: string): Promise<string[]> {
  return eventually(
    `${host} alone has the address`,
    () => holders(lab),
    (seen) => seen.length === 1 && seen[0] === host,
  );
}

const VERSIONS: readonly { version: 2 | 3; advertSeconds: string; vrrp: VrrpArgs }[] = [
  { version: 3, advertSeconds: "0.1", vrrp: { version: 3, advertIntervalMs: 100 } },
  { version: 2, advertSeconds: "1", vrrp: { version: 2, advertIntervalMs: 1000 } },
];

for (const { version, advertSeconds, vrrp } of VERSIONS) {
  describe(`VRRPv${version}`, () => {
    before(async () => {
      pair.site.setProgram(siteProgram(lab, APP, { pair: { vrrp } }));
      await lab.sh(THEIRS, "systemctl start lbpair-vrrp");
      await pair.site.stack.up({ color: "never" });
      await lab.sh(THEIRS, "systemctl stop lbpair-vrrp");
      await heldBy(OURS);
    });
    after(stopKeepalived);

    test("keepalived stays Backup while ours is Active", async () => {
      await startKeepalived(version, advertSeconds);
      await eventually(
        "keepalived has entered its state",
        () => lab.sh(THEIRS, "journalctl -u keepalived-peer --no-pager"),
        (journal) => journal.includes("Entering BACKUP STATE"),
      );
      // Ours goes on for longer than keepalived would wait if it did not believe the adverts.
      const { advertsSent } = await ourInstance();
      await eventually("ours advertises on", ourInstance, (seen) => seen.advertsSent >= advertsSent + 10);
      assert.deepEqual(await holders(lab), [OURS]);
    });

    test("keepalived takes over when ours stops", async () => {
      await lab.sh(OURS, "systemctl stop lbpair-vrrp");
      await heldBy(THEIRS);
    });

    test("ours follows keepalived, though its own priority is higher", async () => {
      await lab.sh(OURS, "systemctl start lbpair-vrrp");
      const followed = await eventually("ours hears keepalived", ourInstance, (seen) => seen.advertsReceived >= 10);
      assert.equal(followed.state, "Backup");
      assert.equal(followed.activeAddress, lab.host(THEIRS).address);
      assert.deepEqual(followed.advertsDiscarded, {});
      assert.deepEqual(await holders(lab), [THEIRS]);
    });

    test("ours takes over when keepalived stops", async () => {
      await stopKeepalived();
      await heldBy(OURS);
    });
  });
}
