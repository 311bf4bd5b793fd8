import * as pulumi from "@pulumi/pulumi";
import { STATS_PASSWORD } from "../config/paths.ts";
import type { ConnectionArgs } from "./args/connection.ts";
import type { Architecture, HostArgs } from "./args/load-balancer-pair.ts";
import { permitted, permittedBy } from "./check.ts";
import { driftRepair } from "./drift.ts";
import { after, isPlain, whenKnown } from "./inputs.ts";
import { hostOf } from "./remote/connection.ts";
import { type Fate, fateOptions } from "./remote/fate.ts";
import { appliedDocument } from "./remote/lbctl.ts";
import { copiedRelease, installedRelease, type ReleaseArchive, releaseArchive } from "./remote/release.ts";
import { rolloutOrder } from "./render/hosts.ts";
import { MAIN } from "./render/pair.ts";
import { architectureProblems, orderByStanding } from "./render/standing.ts";
import { type Connections, inOrder, standingsAtRun, withoutGone } from "./rollout.ts";

/** What a pair's hosts get, whichever host it is. */
export type HostContent = {
  /** Without it no host is reached. */
  readonly allowed: pulumi.Output<true>;
  /** Chain and key of each certificate, by its name on the hosts. Secret. */
  readonly certificates: Readonly<Record<string, pulumi.Output<string>>>;
  readonly statsPassword: pulumi.Output<string> | undefined;
  /** By which the hosts' VRRP daemons know each other, by their names on the hosts. Secret. */
  readonly keys: Readonly<Record<string, pulumi.Output<string>>>;
  readonly virtualAddresses: pulumi.Output<readonly string[]>;
  /** Whether the hosts keep everything when the pair is destroyed. */
  readonly isLeftBehind: boolean;
  /** Whether the hosts are asked what was changed there by hand. */
  readonly isDriftDetected: boolean;
  readonly proxyText: (host: string) => pulumi.Output<string>;
  readonly vrrpText: (host: string) => pulumi.Output<string>;
};

/** The hosts when they are as declared. */
export type DeployedHosts = {
  readonly hostNames: string[];
  /** Those that are dead for good. */
  readonly goneHosts: string[];
  /** Secret. Computed when every host is as declared. */
  readonly connections: pulumi.Output<Connections>;
};

/** Brings the hosts to what they should be, one after the other, so that never both are in change at once. */
export function deployHosts(
  pair: pulumi.ComponentResource,
  name: string,
  hosts: { [host: string]: pulumi.Input<HostArgs> },
  content: HostContent,
): DeployedHosts {
  const hostNames = rolloutOrder(plainPriorities(hosts));
  const connections = Object.fromEntries(
    hostNames.map((host) => [host, pulumi.secret(whenKnown(hosts[host] as pulumi.Input<HostArgs>, connectionIn))]),
  );
  const goneHosts = hostNames.filter((host) => isGone(hosts[host]));
  const standings = standingsAtRun(
    withoutGone(hostNames, goneHosts),
    permitted(content.allowed, connections) as pulumi.Output<Connections>,
    content.virtualAddresses,
  );
  const order = standings.apply((known) => orderByStanding(hostNames, known));
  const architectures = Object.fromEntries(hostNames.map((host) => [host, plainArchitecture(hosts[host])]));
  const misfits = standings.apply((known) => architectureProblems(architectures, known));
  const allowed = permittedBy(content.allowed, misfits, pair, `LoadBalancerPair ${name}`);
  const last = inOrder(hostNames, order, (host, before) => {
    const own = connectionOf(hosts[host]);
    const machine = { name: host, own, connection: permitted(allowed, own) };
    const fate = goneHosts.includes(host) ? "gone" : content.isLeftBehind ? "leftBehind" : "cleanedUp";
    const archive = releaseArchive(plainArchitecture(hosts[host]));
    return deployHost(pair, `${name}-${host}`, { ...machine, archive, fate }, content, before);
  });
  return { hostNames, goneHosts, connections: pulumi.secret(after(last, connections)) as pulumi.Output<Connections> };
}

function connectionIn(host: HostArgs): pulumi.Input<ConnectionArgs> {
  return host.connection;
}

type Machine = {
  readonly name: string;
  /** Made when it may be used, and then of both hosts: the order of the two is in it. */
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Made of this host alone: by what it says another machine is told, so the other host is not replaced with this one. */
  readonly own: pulumi.Input<ConnectionArgs>;
  readonly archive: ReleaseArchive;
  readonly fate: Fate;
};

/** One host, in an order in which nothing is asked for that is not there yet. @returns its last step */
function deployHost(
  parent: pulumi.ComponentResource,
  prefix: string,
  { name: host, connection, own, archive, fate }: Machine,
  content: HostContent,
  before: pulumi.Output<pulumi.Resource[]>,
): pulumi.Resource {
  const options = { parent, ...fateOptions(fate) };
  const place = { connection, machine: hostOf(own) };
  // Copying changes nothing that runs, so it does not wait for the other host. Nothing can be copied to one that is
  // gone, and to forget a copy asks nothing of it.
  const copied = fate === "gone" ? [] : copiedRelease(`${prefix}-release-part`, archive, { connection, own }, options);
  const asked = content.isDriftDetected && fate !== "gone" ? [{ name: host, ...place }] : [];
  const repairs = asked.map((each) => driftRepair(`${prefix}-drift`, each, { ...options, dependsOn: before }));
  const release = installedRelease(`${prefix}-release`, archive, place, {
    ...options,
    dependsOn: pulumi.all([before, pulumi.all(repairs)]).apply((others) => [...copied, ...others.flat()]),
  });
  const secrets: pulumi.Resource[] = [];
  const addSecret = (
    role: string,
    document: { kind: "certificate" | "secret" | "key"; name: string },
    text: pulumi.Output<string>,
  ) => {
    const input = { ...document, ...place, text: pulumi.secret(permitted(content.allowed, text)) };
    secrets.push(appliedDocument(`${prefix}-${role}`, input, { ...options, dependsOn: [release, ...secrets] }));
  };
  for (const [name, pem] of Object.entries(content.certificates))
    addSecret(name === MAIN ? "certificate" : `certificate-${name}`, { kind: "certificate", name }, pem);
  if (content.statsPassword !== undefined)
    addSecret("stats-password", { kind: "secret", name: STATS_PASSWORD }, content.statsPassword);
  for (const [name, key] of Object.entries(content.keys)) addSecret(`${name}-key`, { kind: "key", name }, key);
  const proxy = appliedDocument(
    `${prefix}-proxy`,
    { kind: "proxy", ...place, text: content.proxyText(host) },
    { ...options, dependsOn: secrets },
  );
  const text = content.vrrpText(host);
  return appliedDocument(`${prefix}-vrrp`, { kind: "vrrp", ...place, text }, { ...options, dependsOn: [proxy] });
}

/** The connection without resolving it as a whole, as far as the program gave plain objects. */
function connectionOf(host: pulumi.Input<HostArgs> | undefined): pulumi.Input<ConnectionArgs> {
  if (host !== undefined && isPlain(host)) return host.connection;
  return pulumi.output(host as pulumi.Input<HostArgs>).apply(connectionIn) as pulumi.Output<ConnectionArgs>;
}

/** What becomes of a host's resources must be known before anything is: a computed word does not count. */
function isGone(host: pulumi.Input<HostArgs> | undefined): boolean {
  return host !== undefined && isPlain(host) && host.isGone === true;
}

/** Which files are copied must be known before anything is: a computed word does not count. */
function plainArchitecture(host: pulumi.Input<HostArgs> | undefined): Architecture {
  const architecture = host !== undefined && isPlain(host) ? host.architecture : undefined;
  return architecture === "arm64" ? "arm64" : "x64";
}

/** Priorities decide the order of the chain, which must be known before anything is: computed ones don't count. */
function plainPriorities(hosts: { [host: string]: pulumi.Input<HostArgs> }): Record<string, { priority?: number }> {
  return Object.fromEntries(
    Object.entries(hosts).map(([name, host]) => {
      const priority = isPlain(host) ? host.priority : undefined;
      return [name, typeof priority === "number" ? { priority } : {}];
    }),
  );
}
