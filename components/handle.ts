import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./args/connection.ts";
import type { LoadBalancerHandle } from "./args/handle.ts";
import type { Connections } from "./rollout.ts";
import { perRun } from "./run.ts";

/** The parts of a handle, each with its own secrecy. */
export type HandleParts = {
  readonly url: pulumi.Output<string>;
  readonly hostNames: pulumi.Output<string[]>;
  readonly connections: pulumi.Output<Record<string, pulumi.Unwrap<ConnectionArgs>>>;
  readonly sourceAddresses: pulumi.Output<string[]>;
  readonly virtualAddresses: pulumi.Output<string[]>;
  readonly goneHosts: pulumi.Output<string[]>;
};

/**
 * Takes a handle apart, once for all that use it.
 *
 * A pair in the same program has these fields itself. A handle that comes as one value is secret as a whole, because
 * its connections are; what is known not to be secret is made readable again.
 */
export function handleParts(handle: pulumi.Input<LoadBalancerHandle>): HandleParts {
  const known = partsOfRun();
  const parts = known.get(handle) ?? partsOf(handle);
  known.set(handle, parts);
  return parts;
}

const partsOfRun = perRun(() => new WeakMap<object, HandleParts>());

function partsOf(handle: pulumi.Input<LoadBalancerHandle>): HandleParts {
  // `pulumi.output` keeps resources as they are, so the fields of a pair are read from the pair.
  const fields = handle instanceof Promise ? pulumi.output(handle) : handle;
  const { url, hostNames, connections, sourceAddresses, virtualAddresses, goneHosts } = fields as LoadBalancerHandle;
  return {
    url: pulumi.unsecret(pulumi.output(url)),
    hostNames: pulumi.unsecret(pulumi.output(hostNames)),
    connections: pulumi.secret(connections) as HandleParts["connections"],
    sourceAddresses: pulumi.unsecret(pulumi.output(sourceAddresses)),
    virtualAddresses: pulumi.unsecret(pulumi.output(virtualAddresses)),
    // A handle that another stack recorded with an older version has none.
    goneHosts: pulumi.unsecret(pulumi.output(goneHosts).apply((names) => names ?? [])),
  };
}

/** Connection of one of a pair's hosts. */
export function connectionOf(connections: Connections, host: string): pulumi.Unwrap<ConnectionArgs> {
  const connection = connections[host];
  if (connection === undefined) throw new Error(`the load balancer's handle has no connection of ${host}`);
  return connection;
}
