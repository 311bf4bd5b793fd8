import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import type { Problem } from "../config/problems.ts";

/** Something of which a program may have one only: a path of a pair, the access log of a machine. */
export type Claim = {
  /** Words that identify it. As long as one is not known, nothing is claimed. */
  readonly of: readonly unknown[];
  /** Field of the args that claims it. */
  readonly path: string;
  /** What is told when another component has it. */
  readonly want: (owner: string) => string;
};

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
    .flatMap(({ of, path, want }) => {
      const key = JSON.stringify(of);
      const other = owners.get(key) ?? owner;
      owners.set(key, other);
      return other === owner ? [] : [{ path, got: JSON.stringify(of.at(-1)), want: want(other) }];
    });
}

/** The components of a program know nothing of each other; what they have in common is its run. */
const OWNERS = new WeakMap<object, Map<string, string>>();

/** A plugin serves one run, in which each component is constructed on its own. */
const PLUGIN = {};

function ownersOfRun(): Map<string, string> {
  const monitor = pulumi.runtime.getMonitor() as unknown;
  // One process may run programs one after the other (Automation API), and a test many (mocks).
  const run = monitor instanceof MockMonitor ? monitor : (pulumi.runtime.getStackResource() ?? PLUGIN);
  const owners = OWNERS.get(run) ?? new Map<string, string>();
  OWNERS.set(run, owners);
  return owners;
}
