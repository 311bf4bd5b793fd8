import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./args/connection.ts";
import { askHost } from "./remote/ssh/ask.ts";
import type { Connection } from "./render/connection.ts";
import { orderByStanding, readStanding, STANDING_SCRIPT, type Standing } from "./render/standing.ts";
import { isMocked, perRun } from "./run.ts";

/** A host that is slower is one that does not answer. */
const ANSWER_WAIT_MS = 5_000;

export type Connections = { readonly [host: string]: pulumi.Unwrap<ConnectionArgs> };

/**
 * The hosts in the order in which changes shall reach them, as it is right at the moment of the update: who is
 * Active is asked on the hosts themselves. A preview changes nothing, and asks nobody.
 *
 * @param planned  the order when nothing is known
 * @param gone  those of them that are not asked
 * @param connections  asked only in an update, once everything in them is known
 */
export function orderAtRun(
  planned: readonly string[],
  gone: readonly string[],
  connections: pulumi.Output<Connections>,
  virtualAddresses: pulumi.Output<readonly string[]>,
): pulumi.Output<string[]> {
  if (pulumi.runtime.isDryRun() || isMocked()) return pulumi.output([...planned]);
  return pulumi.unsecret(
    pulumi.all([connections, virtualAddresses]).apply(async ([known, addresses]) => {
      const asked = planned.filter((host) => !gone.includes(host));
      const answers = asked.map(async (host) => [host, await standingOf(known[host], addresses)] as const);
      const standings = (await Promise.all(answers)).filter(
        (each): each is [string, Standing] => each[1] !== undefined,
      );
      return orderByStanding(planned, new Map(standings));
    }),
  );
}

/** The same for the apps of a pair, which come when the pair is as declared: one question serves them all. */
export function orderForApps(
  planned: readonly string[],
  gone: readonly string[],
  connections: pulumi.Output<Connections>,
  virtualAddresses: pulumi.Output<readonly string[]>,
): pulumi.Output<string[]> {
  return pulumi.output(virtualAddresses).apply((addresses) => {
    const orders = ordersOfRun();
    const key = JSON.stringify([planned, addresses]);
    const order = orders.get(key) ?? orderAtRun(planned, gone, connections, pulumi.output(addresses));
    orders.set(key, order);
    return order;
  });
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
  connection: Connections[string] | undefined,
  virtualAddresses: readonly string[],
): Promise<Standing | undefined> {
  if (connection === undefined) return undefined;
  try {
    return readStanding(await askHost(connection as Connection, STANDING_SCRIPT, ANSWER_WAIT_MS), virtualAddresses);
  } catch {
    return undefined; // the change that is about to be made there says why
  }
}
