import type { Input } from "@pulumi/pulumi";
import type { ConnectionArgs } from "./connection.ts";

/**
 * What apps and backends need to know of a pair: `edge` itself in TypeScript, `edge.handle` elsewhere, or the
 * `handle` of a pair in another stack by a StackReference.
 */
export interface LoadBalancerHandle {
  /** Address of the site that the pair serves. Example: `"https://example.com/"`. */
  url: Input<string>;
  /** Names of the pair's hosts. */
  hostNames: Input<Input<string>[]>;
  /** How to reach each host, by name. Secret. */
  connections: Input<{ [host: string]: Input<ConnectionArgs> }>;
  /** Addresses from which backends see the pair. */
  sourceAddresses: Input<Input<string>[]>;
  /** The addresses that move between the hosts. */
  virtualAddresses: Input<Input<string>[]>;
  /** Hosts that are dead for good. Default: none. */
  goneHosts?: Input<Input<string>[]>;
}
