import { run, runOrThrow } from "./command.mjs";
import { Refusal } from "./refusal.mjs";

/** What the lab and its tests call on this machine; the hosts' own packages are in their image. */
const PACKAGES = ["systemd-container", "debootstrap", "iproute2", "iputils-ping", "openssh-client", "openssl", "curl"];
const ENV = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
/** Somebody else's apt may be at work. */
const LOCK_WAIT = "DPkg::Lock::Timeout=300";

/** @type {import("./steps.mjs").Step} */
export const debianStep = {
  name: "Debian packages",
  find: async () => ((await missing()).length === 0 ? "Debian packages" : undefined),
  make: async () => installDebian(await missing()),
};

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
 * It must not be killed half-way; our successor waits for its lock.
 *
 * @param {readonly string[]} words
 */
function apt(words) {
  return run(["apt-get", "-q", "-o", LOCK_WAIT, ...words], { env: ENV, onOurDeath: "clear" });
}

async function missing() {
  // "ii  name  version …": wanted and installed, nothing left to configure.
  const { stdout } = await run(["dpkg-query", "--list", ...PACKAGES]);
  const installed = [...stdout.matchAll(/^ii\s+([^\s:]+)/gm)].map(([, name]) => name);
  return PACKAGES.filter((name) => !installed.includes(name));
}

/** @param {string} text */
function firstError(text) {
  return text.split("\n").find((line) => line.startsWith("E:") || line.startsWith("Err:")) ?? "no reason given";
}
