import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import type { Deployment, EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Lab } from "../../lab/lab.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { RECORDED_PASSWORD, type RecordedMachines, recordedSite } from "./lib/recorded-site.ts";

// Who takes a newer version of the package sees its new release, and nothing else: a state that an earlier version left
// behind is previewed with this one. With LBPAIR_RECORD_STATE=1, in a checkout of that version, it is recorded anew.

const RECORD = join(import.meta.dirname, "data/state-of-0.1.0.json");

type Recorded = { readonly machines: RecordedMachines; readonly recordedAt: string; readonly deployment: Deployment };

test("a stack of an earlier version gets the new release, and nothing else changes", async (context) => {
  const lab = await openTestLab();
  if (env["LBPAIR_RECORD_STATE"] !== undefined) return recordState(lab);
  const { machines, recordedAt, deployment } = JSON.parse(readFileSync(RECORD, "utf8")) as Recorded;
  const site = await openTestStack(lab, "upgrade", recordedSite(machines));
  context.after(() => site.close());
  await site.stack.importStack(deployment);
  // A certificate that is due for renewal by now is none of the version's changes.
  site.stack.workspace.envVars["LBPAIR_TLS_NOW"] = recordedAt;
  const parts = ["1", "2", "3", "4"];
  assert.deepEqual(
    await changesOf(site),
    ["edge-lb1", "edge-lb2"].flatMap((host) => [
      `${host}-release update create delete stdin update`,
      `${host}-release-archive delete`,
      ...parts.map((part) => `${host}-release-part-${part} create`),
    ]),
  );
});

/** What a preview would change, resource by resource: name, operation, and the inputs that differ. */
async function changesOf({ stack }: TestStack): Promise<string[]> {
  const changes: string[] = [];
  const onEvent = ({ resourcePreEvent }: EngineEvent) => {
    if (resourcePreEvent === undefined) return;
    const { op, urn, diffs = [] } = resourcePreEvent.metadata;
    if (op !== "same") changes.push([urn.split("::").at(-1), op, ...diffs].join(" "));
  };
  await stack.preview({ color: "never", onEvent });
  return changes.sort();
}

async function recordState(lab: Lab): Promise<void> {
  const names = ["lb1", "lb2", "web4"];
  const options = "PermitRootLogin yes\\nPasswordAuthentication yes\\n";
  for (const name of names) {
    await lab.sh(name, `printf '${options}' >/etc/ssh/sshd_config.d/00-recording.conf; systemctl restart ssh`);
    await lab.sh(name, "chpasswd", `root:${RECORDED_PASSWORD}`);
  }
  const known = names.map((name) => [name, { address: lab.host(name).address, hostKey: lab.host(name).hostKey }]);
  const machines: RecordedMachines = Object.fromEntries(known);
  const site = await openTestStack(lab, "upgrade", recordedSite(machines));
  try {
    const recordedAt = new Date().toISOString();
    await site.stack.up({ color: "never" });
    const recorded: Recorded = { recordedAt, machines, deployment: storedDeployment(site) };
    writeFileSync(RECORD, `${JSON.stringify(recorded, null, 1)}\n`);
    await site.stack.destroy({ color: "never" });
  } finally {
    site.close();
  }
}

/** The state with its secrets encrypted, which an export has in clear; and without what tells of the machine it was made on. */
function storedDeployment({ stateDir }: TestStack): Deployment {
  const text = readFileSync(join(stateDir, ".pulumi/stacks/upgrade/test.json"), "utf8");
  const { version, checkpoint } = JSON.parse(text, (key, value: unknown) => {
    if (key === "sourcePosition" || key === "stackTrace") return undefined;
    return key === "path" && String(value).endsWith(".tar.gz") ? basename(String(value)) : value;
  }) as { version: number; checkpoint: { latest: object } };
  return { version, deployment: checkpoint.latest };
}
