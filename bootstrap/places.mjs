// Where the toolchain lives. Tests and builds import it too, so it only names places and does nothing.
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Versions that a checkout of this repository works with. */
export const VERSIONS = {
  /** Runs our sources, tools and Pulumi programs. */
  node: "24.21.0",
  /** Oldest Node that may stand in for it: the first that runs .ts files. */
  nodeOldest: "22.18.0",
  /** The daemons' runtime. */
  bun: "1.4.5",
  /** The daemons' other runtime, for tests only. */
  nodeForDaemons: "26.10.0",
  pulumi: "3.259.0",
  command: "1.2.1",
  tls: "5.5.1",
  pulumiYaml: "1.38.1",
};

export const repoDir = dirname(dirname(fileURLToPath(import.meta.url)));

/** Everything that is fetched or built once and may be deleted at any time. */
export const cacheDir = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "lbpair");
export const toolchainDir = join(cacheDir, "toolchain");

export const nodeDir = join(toolchainDir, `node-${VERSIONS.node}`);
/** The daemons' runtime, for this machine. */
export const bunPath = bunPathFor(process.arch);
export const nodeForDaemonsPath = join(toolchainDir, `node-${VERSIONS.nodeForDaemons}`, "bin", "node");

/** Python with Pulumi's SDK, for tests. */
export const pythonDir = join(toolchainDir, `python-pulumi-${VERSIONS.pulumi}`);
/** Web servers that snippets are tried in, for tests. */
export const webServersDir = join(toolchainDir, "web-servers");
/** FRR's daemons, for tests. */
export const frrDir = join(toolchainDir, "frr");
/** SDKs of this package, generated: one folder a language. */
export const sdkDir = join(repoDir, "sdk");

/** Pulumi's own folder, with its plugins; and the CLI where `npx pulumi` and the Automation API look for it. */
export const pulumiHome = process.env.PULUMI_HOME || join(homedir(), ".pulumi");
export const cliDir = join(homedir(), ".pulumi", "versions", VERSIONS.pulumi, "bin");

/**
 * The daemons' runtime for hosts of an architecture.
 *
 * @param {string} architecture
 */
export function bunPathFor(architecture) {
  const suffix = architecture === process.arch ? "" : `-${architecture}`;
  return join(toolchainDir, `bun-${VERSIONS.bun}${suffix}`, "bin", "bun");
}
