import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isGood, startWatch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { APP, BALANCERS, virtualAddress } from "./lib/pair.ts";
import { siteProgram } from "./lib/site.ts";

// A certificate that was issued ten months ago. The clock of the tls plugin is set for it: LBPAIR_TLS_NOW.

const TEN_MONTHS_MS = 300 * 86_400_000;
const ANSWER_WAIT_MS = 60_000;
const directory = mkdtempSync(join(tmpdir(), "lbpair-renewal-"));
const caPath = join(directory, "ca.pem");

let lab: Lab;
let site: TestStack;

before(async () => {
  lab = await openTestLab();
  const program = siteProgram(lab, APP);
  site = await openTestStack(lab, "renewal", program);
  site.stack.workspace.envVars["LBPAIR_TLS_NOW"] = new Date(Date.now() - TEN_MONTHS_MS).toISOString();
  const { outputs } = await site.stack.up({ color: "never" });
  delete site.stack.workspace.envVars["LBPAIR_TLS_NOW"];
  writeFileSync(caPath, String(outputs["caCertificate"]?.value));
});
after(async () => {
  await site.stack.destroy({ color: "never" });
  site.close();
  rmSync(directory, { recursive: true });
});

/** The certificate that a host has. */
async function certificateOn(host: string): Promise<X509Certificate> {
  return new X509Certificate(await lab.sh(host, "cat /etc/lbpair/tls/main.pem"));
}

test("an up in the last third of its life renews it, under the same authority, and no client notices", async (context) => {
  const before = await certificateOn("lb1");
  if (Date.parse(before.validFrom) > Date.now() - TEN_MONTHS_MS / 2)
    return context.skip("the tls plugin's clock can't be set: it is the official one");
  const watch = startWatch(lab, { hostname: "example.com", address: virtualAddress(lab), caPath }, "/app/", 50);
  await watch.until("an answer before", isGood, ANSWER_WAIT_MS);
  const { summary } = await site.stack.up({ color: "never" });
  const answered = watch.samples.length;
  await watch.until("an answer after", () => watch.samples.length > answered, ANSWER_WAIT_MS);
  const samples = await watch.stop();
  assert.equal(summary.resourceChanges?.["replace"], 1);
  assert.equal(summary.resourceChanges?.update, BALANCERS.length);
  assert.deepEqual(
    samples.filter((sample) => !isGood(sample)),
    [],
  );
  for (const host of BALANCERS) {
    const now = await certificateOn(host);
    assert.notEqual(now.serialNumber, before.serialNumber);
    assert.equal(now.issuer, before.issuer);
    assert.ok(Date.parse(now.validTo) - Date.parse(before.validTo) >= TEN_MONTHS_MS - 3_600_000);
  }
});

test("and then it is left alone", async () => {
  assert.deepEqual(Object.keys(await site.changes()), ["same"]);
});
