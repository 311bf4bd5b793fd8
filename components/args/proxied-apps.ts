import type { Input } from "@pulumi/pulumi";
import type { LoadBalancerHandle } from "./handle.ts";
import type { AppArgs } from "./proxied-app.ts";

/** Many apps of a pair as one resource per host, so that a change of one costs nearly the same however many there are. */
export interface ProxiedAppsArgs {
  /** The pair that serves the apps: `edge` in TypeScript, `edge.handle` elsewhere and across stacks. */
  loadBalancer: Input<LoadBalancerHandle>;
  /** The apps, by the names that they have on the hosts, in stats and in their cookies; there may be none. Example: `{ shop: { path: "/shop/", backends: { web1: { address: "203.0.113.21:80" } } } }`. */
  apps: Input<{ [name: string]: Input<AppArgs> }>;
  /** Name of the group on the hosts. Default: the resource's name. */
  group?: Input<string>;
}
