import { join } from "node:path";

/** Everything of a lab that has a name outside it. Derived from the lab's name, so that `down` needs no memory. */
export type LabPlaces = {
  readonly name: string;
  /** A tmpfs: keys, state, the hosts' disks and console logs. */
  readonly dir: string;
  readonly stateFile: string;
  readonly keyFile: string;
  /** Every host's key, as ssh reads it. */
  readonly knownHostsFile: string;
  /** Network namespace with the switches, where the Pulumi engine runs. */
  readonly labNamespace: string;
  readonly clientNamespace: string;
  readonly hostNamespace: (host: string) => string;
  readonly hostDir: (host: string) => string;
  /** Name systemd-nspawn knows the host by. */
  readonly machine: (host: string) => string;
};

export const DEFAULT_LAB = "lbpair";
export const NAMESPACES_DIR = "/run/netns";
export const LABS_DIR = "/run/lbpair-lab";

/** Part of interface-free names only, so the limit is a matter of taste; no other lab's name may begin with it and a dash. */
const LAB_NAME = /^[a-z][a-z0-9]{0,19}$/;

export function placesOf(name: string): LabPlaces {
  if (!LAB_NAME.test(name))
    throw new Error(`lab: name: got ${JSON.stringify(name)}, want lower-case letters and digits`);
  const dir = join(LABS_DIR, name);
  return {
    name,
    dir,
    stateFile: join(dir, "lab.json"),
    keyFile: join(dir, "id_ed25519"),
    knownHostsFile: join(dir, "known_hosts"),
    labNamespace: name,
    clientNamespace: `${name}-client`,
    hostNamespace: (host) => `${name}-${host}`,
    hostDir: (host) => join(dir, "hosts", host),
    machine: (host) => `${name}-${host}`,
  };
}

export function namespacePath(namespace: string): string {
  return join(NAMESPACES_DIR, namespace);
}
