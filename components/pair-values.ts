import * as pulumi from "@pulumi/pulumi";
import type { HostArgs, LoadBalancerPairArgs } from "./args/load-balancer-pair.ts";
import { mapRecord, whenKnown } from "./inputs.ts";
import { hostOf } from "./remote/connection.ts";
import type { PairValues } from "./render/pair-values.ts";

/** The values that a pair's documents are made of, taken out of its args without touching a secret. */
export function publicValues(args: LoadBalancerPairArgs): pulumi.Output<PairValues> {
  const { hosts, tls, stats, ...rest } = args;
  return pulumi.output({
    ...rest,
    hosts: whenKnown(hosts, (known) => mapRecord(known, publicHost)),
    ...(stats === undefined ? {} : { stats: whenKnown(stats, ({ password: _, ...shown }) => shown) }),
    ...(tls === undefined ? {} : { tlsVersionMin: whenKnown(tls, ({ versionMin }) => versionMin) }),
  }) as pulumi.Output<unknown> as pulumi.Output<PairValues>;
}

function publicHost(host: pulumi.Input<HostArgs>): pulumi.Output<unknown> {
  return whenKnown(host, ({ connection, ...shown }) => ({ ...shown, address: hostOf(connection) }));
}
