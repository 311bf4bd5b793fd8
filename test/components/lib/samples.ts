import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../../../components/args/connection.ts";
import type { LoadBalancerPairArgs } from "../../../components/args/load-balancer-pair.ts";

export const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
export const PRIVATE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\ndo-not-show-me\n-----END OPENSSH PRIVATE KEY-----\n";

export function connectionTo(host: string): ConnectionArgs {
  return { host, hostKey: HOST_KEY, privateKey: pulumi.secret(PRIVATE_KEY) };
}

/** A pair as a program gives it: plain objects, secrets inside. */
export function pairArgs(over: Partial<LoadBalancerPairArgs> = {}): LoadBalancerPairArgs {
  return {
    hostname: "example.com",
    virtualAddress: "203.0.113.10/24",
    hosts: {
      lb1: { connection: connectionTo("203.0.113.11") },
      lb2: { connection: connectionTo("203.0.113.12") },
    },
    ...over,
  };
}

/** The same with everything known and nothing secret, as the check sees it. */
export function pairInput(over: Record<string, unknown> = {}): Record<string, unknown> {
  const host = (address: string) => ({
    connection: { host: address, hostKey: HOST_KEY, privateKey: PRIVATE_KEY },
  });
  return {
    hostname: "example.com",
    virtualAddress: "203.0.113.10/24",
    hosts: { lb1: host("203.0.113.11"), lb2: host("203.0.113.12") },
    ...over,
  };
}
