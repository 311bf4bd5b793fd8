import { spawn } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { plugIn, setPlugged } from "../net/cable.ts";
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
  const console = await open(join(places.hostDir(host.name), "console.log"), "a");
  const child = spawn("/bin/sh", [RUN_SCRIPT, ...argv], {
    stdio: ["ignore", console.fd, console.fd],
    detached: true,
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
  const isConnected = namespaces.includes(places.hostNamespace(host.name));
  if (isConnected) await Promise.all(host.ports.map((port) => setPlugged(places, host.name, port, false)));
  const leader = await leaderOf(places.name, host.name);
  if (leader !== undefined) killNow(leader);
  await killGroups(await groupDirs(places.name, host.name));
  if (isConnected) await deleteNamespace(places.hostNamespace(host.name));
  await rm(join("/run/systemd/nspawn/propagate", places.machine(host.name)), { recursive: true, force: true });
}

function nspawn(places: LabPlaces, host: HostPlan): string[] {
  return [
    ...["systemd-nspawn", "--quiet", "--boot", "--console=pipe", `--directory=${rootOf(places, host.name)}`],
    ...[`--machine=${places.machine(host.name)}`, `--hostname=${host.name}`],
    // No machined, no scope: the machine's own systemd may not be running at all.
    ...["--register=no", "--keep-unit"],
    ...[`--network-namespace-path=${namespacePath(places.hostNamespace(host.name))}`, "--capability=CAP_NET_ADMIN"],
    ...["--resolv-conf=off", "--timezone=off", "--link-journal=no"],
    ...(host.role === "app" ? [`--bind-ro=${process.execPath}:${APP_DIR}/node`] : []),
  ];
}
