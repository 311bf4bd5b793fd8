import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run, runOrThrow } from "./command.mjs";
import { cliDir, pulumiHome, repoDir, VERSIONS } from "./places.mjs";
import { ownNode } from "./runtimes.mjs";

// The engine takes a plugin from <pulumi home>/plugins/resource-<name>-v<version>,
// whoever put it there. Ours are scripts, the official ones are binaries: that
// is how the two are told apart, and how an earlier run's finding is remembered.

/** @type {readonly { name: string, version: string }[]} */
const PLUGINS = [
  { name: "command", version: VERSIONS.command },
  { name: "tls", version: VERSIONS.tls },
];
/** The CLI tries five times by itself; a network that swallows packets would take minutes. */
const DOWNLOAD_TIMEOUT_MS = 60_000;

/** @type {import("./steps.mjs").Step} */
export const pluginsStep = {
  name: "Pulumi plugins",
  find: async () => {
    const kinds = await Promise.all(PLUGINS.map(kindOf));
    if (kinds.includes("missing") || !hasLanguageHost()) return undefined;
    // Another checkout may have put them there; they must be this one's.
    if (kinds.includes("offline")) await installOffline();
    const names = PLUGINS.map(({ name, version }, index) => `${name} ${version} (${kinds[index]})`);
    return `plugins ${names.join(" and ")}`;
  },
  make: async (report) => {
    for (const plugin of PLUGINS) {
      report.progress(0, `asking Pulumi for ${plugin.name} ${plugin.version}`);
      if ((await kindOf(plugin)) === "missing" && !(await downloadOfficial(plugin))) break;
    }
    const kinds = await Promise.all(PLUGINS.map(kindOf));
    if (!kinds.includes("missing") && hasLanguageHost()) return "the official ones, from Pulumi";
    await installOffline();
    return `offline stand-ins from lab/offline for what Pulumi's downloads did not give; to ask again, delete them in ${join(pulumiHome, "plugins")}`;
  },
};

/**
 * Where a plugin in use came from.
 *
 * @param {{ name: string, version: string }} plugin
 * @returns {Promise<"missing" | "offline" | "official">}
 */
async function kindOf({ name, version }) {
  const path = join(pulumiHome, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
  if (!existsSync(path)) return "missing";
  const file = await open(path);
  const { buffer } = await file.read({ buffer: Buffer.alloc(2), length: 2 });
  await file.close();
  return buffer.toString() === "#!" ? "offline" : "official";
}

/** @param {{ name: string, version: string }} plugin */
async function downloadOfficial({ name, version }) {
  const PATH = `${process.env.PATH}:${cliDir}`;
  const { status } = await run(["pulumi", "plugin", "install", "resource", name, `v${version}`], {
    env: { ...process.env, PATH, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
    // In this repository the CLI would stop at finding both a project and a plugin.
    cwd: tmpdir(),
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  return status === 0;
}

/** An official CLI brings its language hosts along, one that we built does not. */
function hasLanguageHost() {
  const dirs = [...(process.env.PATH ?? "").split(delimiter), cliDir];
  return dirs.some((dir) => existsSync(join(dir, "pulumi-language-nodejs")));
}

/** Puts our stand-ins where a plugin or the language host is missing; what is official stays. Quick when nothing changed. */
async function installOffline() {
  await runOrThrow([ownNode(), join(repoDir, "bootstrap", "offline-plugins.mjs")]);
}
