import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { frrDir } from "../../../bootstrap/places.mjs";
import type { Child } from "./child.ts";
import type { Rig } from "./rig.ts";

const DAEMONS = join(frrDir, "usr/lib/frr");
const LIBRARIES = process.arch === "arm64" ? "usr/lib/aarch64-linux-gnu" : "usr/lib/x86_64-linux-gnu";
const VIRTUAL_MAC = "00:00:5e:00:01:33"; // RFC 9568 7.3: VRID 51

/** Why FRR can't run here; undefined: it can. */
export function whyNoFrr(): string | undefined {
  return existsSync(join(DAEMONS, "vrrpd")) ? undefined : "needs FRR, which npm test unpacks";
}

/** Prepares a host of the rig for FRR: zebra runs, and an interface with the virtual MAC has the address of `documentOf`. */
export async function prepareFrr(rig: Rig, host: string): Promise<void> {
  mkdirSync(join(rig.directory, host), { recursive: true });
  const ip = (...words: string[]) => rig.exec(host, "ip", ...words);
  ip("link", "add", "vrrp4", "link", "eth0", "address", VIRTUAL_MAC, "type", "macvlan", "mode", "bridge");
  ip("address", "add", "192.0.2.100/24", "dev", "vrrp4");
  ip("link", "set", "vrrp4", "up");
  run(rig, host, "zebra", "");
  // It says nothing when it is ready.
  while (!existsSync(join(rig.directory, host, "zserv.api"))) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** FRR's VRRP daemon, version 3 with adverts every 100 ms, on a host that is prepared. */
export async function startFrr(rig: Rig, host: string, priority: number): Promise<Child> {
  const lines = ["version 3", `priority ${priority}`, "advertisement-interval 100", "ip 192.0.2.100"];
  const configuration = ["debug vrrp", "interface eth0", ...lines.map((line) => ` vrrp 51 ${line}`)];
  const child = run(rig, host, "vrrpd", `${configuration.join("\n")}\n`);
  await child.until(/Initialize -> Backup/, 0);
  return child;
}

function run(rig: Rig, host: string, daemon: string, configuration: string): Child {
  const file = (name: string) => join(rig.directory, host, name);
  writeFileSync(file(`${daemon}.conf`), configuration);
  // It insists on a group of its own with us in it, which only an installation makes.
  const others = readFileSync("/etc/group", "utf8").replace(/^frrvty:.*\n/m, "");
  writeFileSync(file("group"), `${others}frrvty:x:59991:root\n`);
  const own = `mount --bind ${file("group")} /etc/group; exec "$@"`;
  const places = ["-f", file(`${daemon}.conf`), "-i", file(`${daemon}.pid`), "-z", file("zserv.api")];
  const rights = ["-u", "root", "-g", "root", "--vty_socket", join(rig.directory, host), "-P", "0"];
  const libraries = `LD_LIBRARY_PATH=${join(frrDir, LIBRARIES)}:${join(frrDir, LIBRARIES, "frr")}`;
  const program = ["env", libraries, join(DAEMONS, daemon), ...places, ...rights];
  return rig.spawn(host, "unshare", "--mount", "sh", "-c", own, "sh", ...program, "--log", "stdout");
}
