import { createHash } from "node:crypto";
import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runOrThrow } from "../command.ts";
import type { LabPlaces } from "../places.ts";
import { HOSTS, type HostPlan, type Port, PREFIX_LENGTH, PREFIX_LENGTH6, type Role } from "../topology.ts";
import type { SshKey } from "./keys.ts";
import { webPages } from "./pages.ts";

/** Folder on hosts of role `app` with the runtime and the app; a mount and a copy. */
export const APP_DIR = "/opt/lab";
const APP_SOURCE = join(import.meta.dirname, "../webapp");

/** Services of the image that a role runs. */
const SERVICES: Readonly<Record<Role, readonly string[]>> = {
  balancer: [],
  apache: ["apache2"],
  nginx: ["nginx"],
  app: ["webapp"],
};

/** The host's root directory: the image below, what is its own above. */
export function rootOf(places: LabPlaces, host: string): string {
  return join(places.hostDir(host), "root");
}

/** Makes a host's disk and writes what makes it this host. It outlives a power cut. */
export async function makeDisk(places: LabPlaces, image: string, host: HostPlan, keys: DiskKeys): Promise<void> {
  const dir = places.hostDir(host.name);
  const [upper, work, root] = [join(dir, "upper"), join(dir, "work"), rootOf(places, host.name)];
  for (const each of [upper, work, root]) await mkdir(each, { recursive: true });
  const layers = `lowerdir=${image},upperdir=${upper},workdir=${work}`;
  await runOrThrow(["mount", "-t", "overlay", "overlay", "-o", layers, root]);
  await writeIdentity(root, places, host, keys);
  for (const service of SERVICES[host.role]) await enable(root, service);
  if (host.role === "app") await writeApp(root);
  for (const [path, text] of webPages(host)) await write(root, path, text);
}

export type DiskKeys = { readonly host: SshKey; readonly client: SshKey };

async function writeIdentity(root: string, places: LabPlaces, host: HostPlan, keys: DiskKeys): Promise<void> {
  await write(root, "/etc/hostname", `${host.name}\n`);
  await write(root, "/etc/machine-id", `${machineId(places.machine(host.name))}\n`);
  await write(root, "/etc/hosts", hostsFile(host));
  await write(root, "/etc/resolv.conf", "");
  await write(root, "/etc/ssh/ssh_host_ed25519_key", keys.host.privateKey, 0o600);
  await write(root, "/etc/ssh/ssh_host_ed25519_key.pub", `${keys.host.publicKey}\n`);
  for (const home of ["/root", "/home/ops"]) {
    await write(root, `${home}/.ssh/authorized_keys`, `${keys.client.publicKey}\n`);
  }
  for (const port of host.ports) await write(root, `/etc/systemd/network/10-${port.device}.network`, networkFile(port));
}

async function writeApp(root: string): Promise<void> {
  await cp(APP_SOURCE, join(root, APP_DIR, "webapp"), { recursive: true });
  // systemd-nspawn mounts the runtime over it.
  await write(root, `${APP_DIR}/node`, "");
  await write(
    root,
    "/etc/systemd/system/webapp.service",
    `[Unit]\nDescription=App that shows what it received\n
[Service]\nExecStart=${APP_DIR}/node ${APP_DIR}/webapp/main.ts\nRestart=always\n
[Install]\nWantedBy=multi-user.target\n`,
  );
}

/** What `systemctl enable` would do for a unit wanted by multi-user.target. */
async function enable(root: string, service: string): Promise<void> {
  const wants = join(root, "etc/systemd/system/multi-user.target.wants");
  const from = service === "webapp" ? "/etc/systemd/system" : "/lib/systemd/system";
  await symlink(`${from}/${service}.service`, join(wants, `${service}.service`));
}

function networkFile(port: Port): string {
  return `[Match]
Name=${port.device}

[Network]
Address=${port.address}/${PREFIX_LENGTH}
Address=${port.address6}/${PREFIX_LENGTH6}
IPv6AcceptRA=no
`;
}

function hostsFile(host: HostPlan): string {
  const others = HOSTS.map((each) => `${each.ports[0].address} ${each.name}\n`);
  return `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n::1 localhost ip6-localhost ip6-loopback\n\n${others.join("")}`;
}

function machineId(machine: string): string {
  return createHash("sha256").update(machine).digest("hex").slice(0, 32);
}

async function write(root: string, path: string, text: string, mode = 0o644): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
  await chmod(target, mode);
}
