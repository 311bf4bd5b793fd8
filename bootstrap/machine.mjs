import { existsSync, readFileSync } from "node:fs";
import { Refusal } from "./refusal.mjs";

/** Debian releases from this one on have what the lab needs (systemd-nspawn 252). */
const DEBIAN_OLDEST = 12;

/** Refuses a machine on which nothing here can run. */
export function requireLinux() {
  const isKnown = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
  if (!isKnown)
    throw new Refusal(
      `lbpair is built and tested on Linux x64 or arm64, and this is ${process.platform} ${process.arch}`,
    );
}

/**
 * Refuses a machine on which the lab cannot run.
 *
 * @param {string} verb
 */
export function requireLabMachine(verb) {
  const release = readRelease("/etc/os-release");
  const isDebian = release.get("ID") === "debian" && Number(release.get("VERSION_ID")) >= DEBIAN_OLDEST;
  if (!isDebian) {
    const got = release.get("PRETTY_NAME") ?? "an unknown system";
    throw new Refusal(
      `npm run ${verb} boots real hosts, which needs Debian ${DEBIAN_OLDEST} or newer, and this is ${got}`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Refusal(
      `npm run ${verb} boots real hosts in network namespaces, which needs root: run it as root or with sudo`,
    );
  }
  if (!existsSync("/sys/fs/cgroup"))
    throw new Refusal("the lab's hosts need control groups, and /sys/fs/cgroup is missing");
}

/**
 * @param {string} path
 * @returns {Map<string, string>}
 */
function readRelease(path) {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const fields = [...text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)];
  return new Map(fields.map(([, key = "", value = ""]) => [key, value]));
}
