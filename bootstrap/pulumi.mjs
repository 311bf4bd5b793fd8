import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./command.mjs";
import { cliDir, repoDir, VERSIONS } from "./places.mjs";
import { buildPulumi, requireGo } from "./pulumi-build.mjs";
import { ownNode } from "./runtimes.mjs";
import { isAtLeast } from "./version.mjs";

/** The official installer downloads 100 MB; whether it is reachable at all is asked first, in seconds. */
const INSTALLER_TIMEOUT_MS = 15 * 60_000;

/** @type {import("./steps.mjs").Step} */
export const pulumiStep = {
  name: `Pulumi CLI ${VERSIONS.pulumi}`,
  find: async () => {
    const onPath = await versionOnPath();
    if (onPath !== undefined) return `Pulumi ${onPath} (on PATH)`;
    return existsSync(join(cliDir, "pulumi")) ? `Pulumi ${VERSIONS.pulumi}` : undefined;
  },
  make: async (report) => {
    if (await installOfficial()) return "by the official installer";
    await requireGo();
    await makeAt(cliDir, (dir) => buildPulumi(dir, report));
    return "built from Go modules, because Pulumi's own downloads do not answer";
  },
};

/** Folder of the CLI in use; undefined: the one on PATH is. */
export async function pulumiDirInUse() {
  return (await versionOnPath()) === undefined ? cliDir : undefined;
}

/** Version of the CLI on PATH, if it fits our SDK: the same major version, not older. */
async function versionOnPath() {
  const { status, stdout } = await run(["pulumi", "version"], {
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const version = stdout.trim().replace(/^v/, "");
  const [major] = VERSIONS.pulumi.split(".");
  const isFitting = status === 0 && isAtLeast(version, VERSIONS.pulumi) && version.startsWith(`${major}.`);
  return isFitting ? version : undefined;
}

/** The installer that the Automation API brings along. False: its downloads are out of reach. */
async function installOfficial() {
  const script = join(repoDir, "bootstrap", "pulumi-official.mjs");
  await makeAt(cliDir, async (dir) => {
    await run([ownNode(), script, dirname(dir)], { timeoutMs: INSTALLER_TIMEOUT_MS });
  });
  return existsSync(join(cliDir, "pulumi"));
}

/**
 * Makes the CLI's folder whole or not at all: beside its place, then renamed if `make` brought a CLI. What a killed run
 * left is removed first.
 *
 * @param {string} dir
 * @param {(temporary: string) => Promise<void>} make
 */
async function makeAt(dir, make) {
  const building = join(`${dirname(dir)}.building`, "bin");
  await rm(dirname(building), { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  try {
    await make(building);
    if (!existsSync(join(building, "pulumi"))) return;
    await mkdir(dirname(dir), { recursive: true });
    await rm(dir, { recursive: true, force: true });
    await rename(building, dir);
  } finally {
    await rm(dirname(building), { recursive: true, force: true });
  }
}
