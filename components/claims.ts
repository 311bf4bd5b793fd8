import type { Problem } from "../config/problems.ts";
import { perRun } from "./run.ts";

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

const ownersOfRun = perRun(() => new Map<string, string>());
