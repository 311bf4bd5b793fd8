import { readFile } from "node:fs/promises";
import { type CommandOptions, type CommandResult, run } from "./command.ts";
import { cutPorts, setCable } from "./host/cables.ts";
import { leaderOf } from "./host/cgroups.ts";
import { execOn } from "./host/exec.ts";
import { powerOff, powerOn } from "./host/power.ts";
import { waitReady } from "./host/ready.ts";
import { DEFAULT_LAB, type LabPlaces, namespacePath, placesOf } from "./places.ts";
import { type LabState, readState } from "./state.ts";
import { sweepLab } from "./sweep.ts";
import { HOSTS, type HostPlan, type Port, type Role, type Segment, VIRTUAL_ADDRESSES } from "./topology.ts";

/** A host of a running lab. */
export type LabHost = {
  readonly name: string;
  readonly role: Role;
  /** On the front segment. */
  readonly address: string;
  readonly address6: string;
  /** Every interface with its addresses; the balancers have eth1 on the back segment. */
  readonly ports: readonly Port[];
  /** `ssh-ed25519 AAAA…`: what `connection.hostKey` wants. */
  readonly hostKey: string;
};

/** `lab`: with the switches, where the Pulumi engine runs. `client`: beyond the switch. Else a host's. */
export type Namespace = "lab" | "client" | (string & {});

/** A lab that is up. */
export type Lab = {
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly hosts: readonly LabHost[];
  /** The host of a name; throws when there is none. */
  readonly host: (name: string) => LabHost;
  /** Free addresses for pairs, first the one the article's setup takes. */
  readonly virtualAddresses: readonly Port[];
  /** Key that `root` and `ops` of every host accept, in OpenSSH's format. */
  readonly privateKey: string;
  readonly privateKeyPath: string;
  /** Words to put before a command line that shall run in a network namespace of the lab. */
  readonly enter: (namespace: Namespace) => string[];
  /** Runs a program of this machine in a network namespace of the lab. */
  readonly run: (namespace: Namespace, argv: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  /** Runs a bash script on a host as root; also when its cables are cut. Status 255: the host is off. */
  readonly exec: (host: string, script: string, stdin?: string | Uint8Array) => Promise<CommandResult>;
  /** The same, and throws unless it succeeds. Returns what it printed. */
  readonly sh: (host: string, script: string, stdin?: string | Uint8Array) => Promise<string>;
  /** Unplugs a host's cables: all, or the one to a segment. */
  readonly cut: (host: string, segment?: Segment) => Promise<void>;
  readonly heal: (host: string, segment?: Segment) => Promise<void>;
  /** Power cut: no shutdown, not even a FIN. The disk stays. */
  readonly kill: (host: string) => Promise<void>;
  /** Switches a host on that is off, with its old disk, and waits until it runs. */
  readonly boot: (host: string) => Promise<void>;
  readonly isOn: (host: string) => Promise<boolean>;
  /** The host's interfaces whose cables are cut. */
  readonly cuts: (host: string) => Promise<string[]>;
  /** Words of an ssh command line to a host, to run inside `enter("lab")`; its key is checked. Default user root. */
  readonly ssh: (host: string, user?: string) => string[];
  readonly down: () => Promise<void>;
};

/** The lab of a name if it is up. */
export async function openLab(name: string = DEFAULT_LAB): Promise<Lab | undefined> {
  const places = placesOf(name);
  const state = await readState(places);
  return state === undefined ? undefined : labOf(places, state, await readFile(places.keyFile, "utf8"));
}

function labOf(places: LabPlaces, state: LabState, privateKey: string): Lab {
  const hosts = HOSTS.map((plan) => hostOf(plan, state));
  const exec: Lab["exec"] = (host, script, stdin) => execOn(places, planOf(host).name, script, { stdin: stdin ?? "" });
  return {
    name: places.name,
    startedAt: state.startedAt,
    hosts,
    host: (name) => hostOf(planOf(name), state),
    virtualAddresses: VIRTUAL_ADDRESSES,
    privateKey,
    privateKeyPath: places.keyFile,
    enter: (namespace) => enter(places, namespace),
    run: (namespace, argv, options) => run([...enter(places, namespace), ...argv], options),
    exec,
    sh: async (host, script, stdin) => {
      const { status, stdout, stderr } = await exec(host, script, stdin);
      if (status !== 0) throw new Error(`${host}: ${script}: exit ${status}: ${stderr.trim() || stdout.trim()}`);
      return stdout;
    },
    cut: (host, segment) => setCable(places, planOf(host), segment, "cut"),
    heal: (host, segment) => setCable(places, planOf(host), segment, "plugged"),
    kill: (host) => powerOff(places, planOf(host)),
    boot: async (host) => {
      if ((await leaderOf(places.name, planOf(host).name)) !== undefined) return;
      await powerOff(places, planOf(host)); // what is left of a host that shut itself down
      await powerOn(places, planOf(host));
      await waitReady(places, [planOf(host)], state);
    },
    isOn: async (host) => (await leaderOf(places.name, planOf(host).name)) !== undefined,
    cuts: async (host) => (await cutPorts(places, planOf(host))).map((port) => port.device),
    ssh: (host, user = "root") => sshArgv(places, planOf(host), user),
    down: () => sweepLab(places),
  };
}

function hostOf(plan: HostPlan, state: LabState): LabHost {
  const [{ address, address6 }] = plan.ports;
  const hostKey = state.hostKeys[plan.name] ?? "";
  return { name: plan.name, role: plan.role, address, address6, ports: plan.ports, hostKey };
}

function planOf(name: string): HostPlan {
  const plan = HOSTS.find((host) => host.name === name);
  if (plan !== undefined) return plan;
  throw new Error(`lab: host: got ${JSON.stringify(name)}, want one of ${HOSTS.map((host) => host.name).join(" ")}`);
}

function enter(places: LabPlaces, namespace: Namespace): string[] {
  const name =
    namespace === "lab"
      ? places.labNamespace
      : namespace === "client"
        ? places.clientNamespace
        : places.hostNamespace(planOf(namespace).name);
  return ["nsenter", `--net=${namespacePath(name)}`, "--"];
}

function sshArgv(places: LabPlaces, host: HostPlan, user: string): string[] {
  return [
    ...["ssh", "-i", places.keyFile, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes"],
    ...["-o", `UserKnownHostsFile=${places.knownHostsFile}`, `${user}@${host.ports[0].address}`],
  ];
}
