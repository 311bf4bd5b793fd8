import { CURRENT_RELEASE } from "../../config/paths.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { canonicalAddress } from "./network.ts";

/** How a host of a pair stands at this moment. */
export type Standing = {
  /** Whether a release is installed on it. */
  readonly isInstalled: boolean;
  /** How many of the pair's virtual addresses it owns. */
  readonly owned: number;
  /** What the machine is, in the words of the args where they have one; undefined when it does not say. */
  readonly architecture: string | undefined;
};

/** Those of a pair's hosts that answer, by name. */
export type Standings = { readonly [host: string]: Standing };

/** Prints what {@link readStanding} reads. Needs no rights on the host. */
export const STANDING_SCRIPT = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
[ ! -L ${CURRENT_RELEASE} ] || echo installed
echo "machine $(uname -m)"
ip -o address
`;

export function readStanding(answer: string, virtualAddresses: readonly string[]): Standing {
  const lines = answer.split("\n");
  const own = lines.map((line) => /\sinet6?\s+([^\s/]+)/.exec(line)?.[1]);
  const machine = /^machine (\S+)$/m.exec(answer)?.[1];
  return {
    isInstalled: lines.includes("installed"),
    owned: virtualAddresses.filter((address) => own.includes(canonicalAddress(address))).length,
    architecture: machine === undefined ? undefined : (ARCHITECTURES[machine] ?? machine),
  };
}

/** By what `uname -m` says. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "arm64" };

/** Of the hosts that are another machine than the args say: a release for what they say would not run there. */
export function architectureProblems(declared: Readonly<Record<string, string>>, standings: Standings): Problem[] {
  return Object.entries(declared).flatMap(([host, architecture]) => {
    const found = standings[host]?.architecture;
    if (found === undefined || found === architecture) return [];
    const path = `hosts.${host}.architecture`;
    return [{ path, got: showValue(path, architecture), want: `${JSON.stringify(found)}, which is what the host is` }];
  });
}

/**
 * The hosts in the order in which changes reach them.
 *
 * A host that does not answer comes first, so that its trouble shows before the other is touched; then the one that
 * serves less. On machines that have nothing yet the preferred host is first, and so the one that becomes Active.
 *
 * @param planned  the order when nothing is known: the preferred host last
 */
export function orderByStanding(planned: readonly string[], standings: Standings): string[] {
  const all = planned.map((host) => standings[host]);
  if (all.every((standing) => standing?.isInstalled === false)) return [...planned].reverse();
  const rank = (host: string) => standings[host]?.owned ?? -1;
  return [...planned].sort((a, b) => rank(a) - rank(b));
}
