import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { run, runOrThrow } from "./command.mjs";
import { Refusal } from "./refusal.mjs";

/** What the lab calls on this machine; the hosts' own packages are in their image. */
const LAB = ["systemd-container", "debootstrap", "iproute2", "iputils-ping", "openssh-client", "openssl", "curl"];
/** What stands beside a daemon that is tested on this machine: peers, an observer, a firewall, a clock of its own. */
const TESTS = ["keepalived", "tcpdump", "nftables", "haproxy", "libfaketime"];
const ENV = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
/** Somebody else's apt may be at work. */
const LOCK_WAIT = "DPkg::Lock::Timeout=300";

export const debianStep = packagesStep("Debian packages", LAB);
export const testPackagesStep = packagesStep("Debian packages of the tests", TESTS);

/** @param {readonly string[]} wanted */
export async function installDebian(wanted) {
  await apt(["update"]);
  let result = await apt(["install", "-y", "--no-install-recommends", ...wanted]);
  if (result.stderr.includes("dpkg --configure -a")) {
    // Somebody was killed in the middle of an installation.
    await runOrThrow(["dpkg", "--configure", "-a"], { env: ENV, onOurDeath: "clear" });
    result = await apt(["install", "-y", "--no-install-recommends", ...wanted]);
  }
  if (result.status === 0) return `${wanted.join(" ")} by apt-get`;
  throw new Refusal(`apt-get cannot install ${wanted.join(" ")}: ${firstError(result.stderr)}`);
}

/**
 * Unpacks packages without installing them: nothing of them is configured, started or known to the machine.
 *
 * @param {readonly string[]} wanted
 * @param {string} directory
 */
export async function unpackDebian(wanted, directory) {
  await apt(["update"]);
  await runOrThrow(["apt-get", "-q", "download", ...wanted], { env: ENV, cwd: directory });
  for (const file of (await readdir(directory)).filter((name) => name.endsWith(".deb"))) {
    await runOrThrow(["dpkg-deb", "--extract", file, "."], { cwd: directory });
    await rm(join(directory, file));
  }
}

/**
 * It must not be killed half-way; our successor waits for its lock.
 *
 * @param {readonly string[]} words
 */
function apt(words) {
  return run(["apt-get", "-q", "-o", LOCK_WAIT, ...words], { env: ENV, onOurDeath: "clear" });
}

/**
 * @param {string} name
 * @param {readonly string[]} packages
 * @returns {import("./steps.mjs").Step}
 */
function packagesStep(name, packages) {
  return {
    name,
    find: async () => ((await missing(packages)).length === 0 ? name : undefined),
    make: async () => installDebian(await missing(packages)),
  };
}

/** @param {readonly string[]} packages */
async function missing(packages) {
  // "ii  name  version …": wanted and installed, nothing left to configure.
  const { stdout } = await run(["dpkg-query", "--list", ...packages]);
  const installed = [...stdout.matchAll(/^ii\s+([^\s:]+)/gm)].map(([, name]) => name);
  return packages.filter((name) => !installed.includes(name));
}

/** @param {string} text */
function firstError(text) {
  return text.split("\n").find((line) => line.startsWith("E:") || line.startsWith("Err:")) ?? "no reason given";
}
