import { spawn } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { plugIn, pullOut, takeAway } from "../net/cable.ts";
import { addNamespace, deleteNamespace, listNamespaces } from "../net/switches.ts";
import { type LabPlaces, namespacePath } from "../places.ts";
import type { HostPlan } from "../topology.ts";
import { cutPorts } from "./cables.ts";
import { addGroups, groupDirs, killGroups, killNow, leaderOf } from "./cgroups.ts";
import { APP_DIR, rootOf } from "./disk.ts";

const RUN_SCRIPT = join(import.meta.dirname, "run.sh");
const LAB_MAIN = join(import.meta.dirname, "../main.ts");
/** Group of the shells that wait for their host to end. No host has this name. */
const WATCHERS = "watchers";

/** Switches a host on: network, cables, then systemd as its first process. Returns before it is up. */
export async function powerOn(places: LabPlaces, host: HostPlan): Promise<void> {
  const namespace = places.hostNamespace(host.name);
  const cut = await cutPorts(places, host);
  await addNamespace(namespace);
  for (const port of host.ports) {
    await plugIn(places, { owner: host.name, namespace, port, isCut: cut.includes(port) });
  }
  const watcherGroups = await addGroups(places.name, WATCHERS);
  const hostGroups = await addGroups(places.name, host.name);
  const bootAgain = [process.execPath, LAB_MAIN, "--name", places.name, "boot", host.name];
  const argv = [watcherGroups.join(" "), hostGroups.join(" "), bootAgain.join(" "), ...nspawn(places, host)];
  const console = await open(consoleFile(places, host), "a");
  const child = spawn("/bin/sh", [RUN_SCRIPT, ...argv], {
    stdio: ["ignore", console.fd, console.fd],
    detached: true,
    // A host's root may set its own network's sysctls, as with a kernel of its own.
    env: { ...process.env, SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network" },
  });
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  child.unref();
  await console.close();
}

/**
 * Pulls the power: the network goes first, because a host without power sends
 * no FIN for its connections, then every process at once.
 */
export async function powerOff(places: LabPlaces, host: HostPlan): Promise<void> {
  const namespaces = await listNamespaces(places);
  await Promise.all(host.ports.map((port) => pullOut(places, host.name, port)));
  const leader = await leaderOf(places.name, host.name);
  if (leader !== undefined) killNow(leader);
  await killGroups(await groupDirs(places.name, host.name));
  // The kernel clears a deleted namespace in its own time; the next boot wants the cables' names now.
  await Promise.all(host.ports.map((port) => takeAway(places, host.name, port)));
  const namespace = places.hostNamespace(host.name);
  if (namespaces.includes(namespace)) await deleteNamespace(namespace);
  await rm(join("/run/systemd/nspawn/propagate", places.machine(host.name)), { recursive: true, force: true });
}

/** What the host and systemd-nspawn say to nobody in particular. */
export function consoleFile(places: LabPlaces, host: HostPlan): string {
  return join(places.hostDir(host.name), "console.log");
}

function nspawn(places: LabPlaces, host: HostPlan): string[] {
  const namespace = namespacePath(places.hostNamespace(host.name));
  return [
    // Its /sys shows the devices of the namespace in which it is started, not of the one that it enters.
    ...["nsenter", `--net=${namespace}`, "--"],
    ...["systemd-nspawn", "--quiet", "--boot", "--console=pipe", `--directory=${rootOf(places, host.name)}`],
    ...[`--machine=${places.machine(host.name)}`, `--hostname=${host.name}`],
    // No machined, no scope: the machine's own systemd may not be running at all.
    ...["--register=no", "--keep-unit"],
    ...[`--network-namespace-path=${namespace}`, "--capability=CAP_NET_ADMIN"],
    ...["--resolv-conf=off", "--timezone=off", "--link-journal=no"],
    ...(host.role === "app" ? [`--bind-ro=${process.execPath}:${APP_DIR}/node`] : []),
  ];
}
