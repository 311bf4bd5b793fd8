import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import type { LoadBalancerHandle } from "./args/handle.ts";
import { handleParts } from "./handle.ts";
import { perRun } from "./run.ts";
import { settle } from "./settle.ts";

/** Something of which a program may have one only: a path of a pair, the access log of a machine. */
export type Claim = {
  /** Words that identify it. As long as one is not known, nothing is claimed. */
  readonly of: readonly unknown[];
  /** Field of the args that claims it. */
  readonly path: string;
  /** Other fields that the words come from. */
  readonly reads?: readonly string[];
  /** What is told when another component has it. */
  readonly want: (owner: string) => string;
  /** Others may have it too, as long as they have it as the same. */
  readonly as?: string;
};

/** Words by which components tell that they are of the same pair. */
export async function pairWords(pair: pulumi.Input<LoadBalancerHandle>): Promise<readonly unknown[]> {
  const { value } = await settle(handleParts(pair).sourceAddresses);
  return Array.isArray(value) ? value : [value];
}

/** On one pair an app's name is that of one file, and of a cookie. */
export function appNameClaim(pair: readonly unknown[], app: unknown, path = "app"): Claim {
  return {
    of: ["app", ...pair, app],
    path,
    want: (owner) => `a name that ${owner} does not have on this pair`,
  };
}

/** A group of apps is one file, too. */
export function groupNameClaim(pair: readonly unknown[], group: unknown): Claim {
  return {
    of: ["group", ...pair, group],
    path: "group",
    want: (owner) => `a name that ${owner} does not have on this pair`,
  };
}

/**
 * TLS for a name ends in one place.
 *
 * @param how  `served`: at the pair, for all of its apps and certificates; `passed`: at one app's backends
 */
export function hostnameClaim(
  pair: readonly unknown[],
  hostname: unknown,
  path: string,
  how: "served" | "passed",
): Claim {
  const shared = how === "served" ? { as: how } : {};
  return {
    of: ["hostname", ...pair, hostname],
    path,
    want: (owner) => `a name that ${owner} does not have`,
    ...shared,
  };
}

/**
 * Claims things for a component.
 *
 * @param owner  `ProxiedApp app1`
 * @returns the problem of each claim that another component of this program made before
 */
export function claim(owner: string, claims: readonly Claim[]): Problem[] {
  const owners = ownersOfRun();
  return claims
    .filter(({ of }) => of.every((word) => typeof word === "string" || typeof word === "number"))
    .flatMap(({ of, path, want, as }) => {
      const key = JSON.stringify(of);
      const other = owners.get(key) ?? { owner, as };
      owners.set(key, other);
      const isShared = as !== undefined && other.as === as;
      return other.owner === owner || isShared
        ? []
        : [{ path, got: JSON.stringify(of.at(-1)), want: want(other.owner) }];
    });
}

type Owner = { readonly owner: string; readonly as: string | undefined };
const ownersOfRun = perRun(() => new Map<string, Owner>());
