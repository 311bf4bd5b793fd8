import { CURRENT_RELEASE } from "../../config/paths.ts";
import { canonicalAddress } from "./network.ts";

/** How a host of a pair stands at this moment. */
export type Standing = {
  /** Whether a release is installed on it. */
  readonly isInstalled: boolean;
  /** How many of the pair's virtual addresses it owns. */
  readonly owned: number;
};

/** Prints what {@link readStanding} reads. Needs no rights on the host. */
export const STANDING_SCRIPT = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
[ ! -L ${CURRENT_RELEASE} ] || echo installed
ip -o address
`;

export function readStanding(answer: string, virtualAddresses: readonly string[]): Standing {
  const lines = answer.split("\n");
  const own = lines.map((line) => /\sinet6?\s+([^\s/]+)/.exec(line)?.[1]);
  return {
    isInstalled: lines.includes("installed"),
    owned: virtualAddresses.filter((address) => own.includes(canonicalAddress(address))).length,
  };
}

/**
 * The hosts in the order in which changes reach them.
 *
 * A host that does not answer comes first, so that its trouble shows before the other is touched; then the one that
 * serves less. On machines that have nothing yet the preferred host is first, and so the one that becomes Active.
 *
 * @param planned  the order when nothing is known: the preferred host last
 * @param standings  without a host that does not answer
 */
export function orderByStanding(planned: readonly string[], standings: ReadonlyMap<string, Standing>): string[] {
  const all = planned.map((host) => standings.get(host));
  if (all.every((standing) => standing?.isInstalled === false)) return [...planned].reverse();
  const rank = (host: string) => standings.get(host)?.owned ?? -1;
  return [...planned].sort((a, b) => rank(a) - rank(b));
}
