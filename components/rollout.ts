import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./args/connection.ts";
import { askHost } from "./remote/ssh/ask.ts";
import type { Connection } from "./render/connection.ts";
import { orderByStanding, readStanding, STANDING_SCRIPT, type Standing, type Standings } from "./render/standing.ts";
import { isMocked, perRun } from "./run.ts";

/** A host that is slower is one that does not answer. */
const ANSWER_WAIT_MS = 5_000;

export type Connections = { readonly [host: string]: pulumi.Unwrap<ConnectionArgs> };

/**
 * How the hosts stand at the moment of the update, in which they are asked, once everything in their connections is
 * known. A preview changes nothing, and asks nobody.
 *
 * @param asked  names of hosts
 */
export function standingsAtRun(
  asked: readonly string[],
  connections: pulumi.Output<Connections>,
  virtualAddresses: pulumi.Output<readonly string[]>,
): pulumi.Output<Standings> {
  if (pulumi.runtime.isDryRun() || isMocked()) return pulumi.output<Standings>({});
  return pulumi.unsecret(
    pulumi.all([connections, virtualAddresses]).apply(async ([known, addresses]) => {
      const answers = asked.map(async (host) => [host, await standingOf(host, known[host], addresses)] as const);
      const standings = (await Promise.all(answers)).filter(
        (each): each is [string, Standing] => each[1] !== undefined,
      );
      return Object.fromEntries(standings);
    }),
  );
}

/** The hosts in the order in which changes shall reach the apps of a pair, which come when it is as declared: one question serves them all. */
export function orderForApps(
  planned: readonly string[],
  gone: readonly string[],
  connections: pulumi.Output<Connections>,
  virtualAddresses: pulumi.Output<readonly string[]>,
): pulumi.Output<string[]> {
  return pulumi.output(virtualAddresses).apply((addresses) => {
    const orders = ordersOfRun();
    const key = JSON.stringify([planned, addresses]);
    const ask = () => standingsAtRun(withoutGone(planned, gone), connections, pulumi.output(addresses));
    const order = orders.get(key) ?? ask().apply((standings) => orderByStanding(planned, standings));
    orders.set(key, order);
    return order;
  });
}

/** The hosts that can be asked. */
export function withoutGone(hosts: readonly string[], gone: readonly string[]): string[] {
  return hosts.filter((host) => !gone.includes(host));
}

/**
 * Makes something of each host, one after the other in an order that may be known only later.
 *
 * @param make  gets the resources to wait for
 * @returns the last resource of each host
 */
export function inOrder(
  hosts: readonly string[],
  order: pulumi.Output<string[]>,
  make: (host: string, before: pulumi.Output<pulumi.Resource[]>) => pulumi.Resource,
): pulumi.Resource[] {
  const last = new Map<string, pulumi.Resource>();
  for (const host of hosts) {
    // Asked for only when all of them are made.
    const before = order.apply((names) => names.slice(0, names.indexOf(host)).flatMap((name) => last.get(name) ?? []));
    last.set(host, make(host, before));
  }
  return [...last.values()];
}

const ordersOfRun = perRun(() => new Map<string, pulumi.Output<string[]>>());

async function standingOf(
  host: string,
  connection: Connections[string] | undefined,
  virtualAddresses: readonly string[],
): Promise<Standing | undefined> {
  if (connection === undefined) return undefined;
  try {
    return readStanding(await askHost(connection as Connection, STANDING_SCRIPT, ANSWER_WAIT_MS), virtualAddresses);
  } catch (error) {
    await tellSilence(host, connection.host, (error as Error).message);
    return undefined;
  }
}

/** A change that is to be made there fails without a word of the way out. Once in a run, whoever asks. */
async function tellSilence(host: string, address: string, reason: string): Promise<void> {
  const told = silencesOfRun();
  const what = `${host}: no answer from ${address}: ${reason}`;
  if (told.has(what)) return;
  told.add(what);
  await pulumi.log.warn(`${what}; if the machine is dead for good, say isGone before anything else is changed`);
}

const silencesOfRun = perRun(() => new Set<string>());
