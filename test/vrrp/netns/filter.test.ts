import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildRig, hasTool, whyNot } from "./rig.ts";

const skip = whyNot() ?? (hasTool("nft") ? false : "needs nft");
if (skip !== false) console.log(`packet filter skipped: ${skip}`);

const MAKER = fileURLToPath(new URL("filter-maker.ts", import.meta.url));

test("rules of a switchover are made, replaced and removed over one socket, and go with it", { skip }, async (t) => {
  const rig = buildRig(t, "lb1");
  const maker = rig.spawn("lb1", process.execPath, MAKER);
  const tables = () =>
    rig
      .exec("lb1", "nft", "list", "tables")
      .trim()
      .split("\n")
      .map((line) => line.split(" #")[0]);
  const step = async (what: string) => {
    const said = maker.until(/./);
    maker.signal("SIGUSR2");
    assert.match(await said, new RegExp(`^${what}: true$`));
  };
  await maker.until(/^ready$/, 0);
  assert.deepEqual(tables(), [""]);
  await step("relay");
  assert.deepEqual(tables(), ["table ip lbpair-relay-edge"]);
  await step("hush");
  assert.deepEqual(tables(), ["table arp lbpair-hush-edge"]);
  await step("end");
  assert.deepEqual(tables(), [""]);
  await step("relay");
  await maker.kill("SIGKILL");
  assert.deepEqual(tables(), [""]);
});
