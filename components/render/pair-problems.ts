import { parseValue } from "../../config/document.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { addressProblems } from "./address-problems.ts";
import { documentProblems } from "./document-problems.ts";
import { prioritiesOf } from "./hosts.ts";
import { DEFAULT_VALIDITY_HOURS, type PairInput, pairSchema } from "./pair.ts";
import type { PairValues } from "./pair-values.ts";

/** Everything that is wrong with a pair's args. */
export function pairProblems(args: unknown): Problem[] {
  const parsed = parseValue(pairSchema, args);
  if (!parsed.ok) return parsed.problems;
  const input = args as PairInput;
  const pair = pairValuesOf(input);
  return [...addressProblems(pair), ...documentProblems(pair), ...validityProblems(input)];
}

/** What is legal and yet not what anyone wants. */
export function pairWarnings(args: PairInput): string[] {
  const pair = pairValuesOf(args);
  return [...uselessWeight(pair), ...untracked(pair)];
}

/** What the documents of a pair with these args are made of. */
export function pairValuesOf({ stats, tls, hosts, ...rest }: PairInput): PairValues {
  const { password: _, ...shownStats } = stats ?? { user: "", password: "" };
  return {
    ...rest,
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, { connection, ...host }]) => [name, { ...host, address: connection.host }]),
    ),
    stats: stats === undefined ? undefined : shownStats,
    tlsVersionMin: tls?.versionMin,
    certificates: Object.fromEntries(
      Object.entries(tls?.moreCertificates ?? {}).flatMap(([name, { hostnames }]) =>
        hostnames ? [[name, hostnames]] : [],
      ),
    ),
  };
}

/** A certificate that is due for renewal from its first hour on would be renewed by every `up`. */
function validityProblems({ tls }: PairInput): Problem[] {
  const { validityHours = DEFAULT_VALIDITY_HOURS, earlyRenewalHours } = tls ?? {};
  if (earlyRenewalHours === undefined || earlyRenewalHours < validityHours) return [];
  const want = `less than the ${validityHours} hours of its validity`;
  return [{ path: "tls.earlyRenewalHours", got: showValue("", earlyRenewalHours), want }];
}

function uselessWeight(pair: PairValues): string[] {
  const { preempt = "never", trackProxy } = pair.vrrp ?? {};
  const weight = trackProxy?.weight ?? 0;
  if (weight === 0 || trackProxy?.isEnabled === false) return [];
  const instead = "Leave the weight out, so that a host without a proxy may not own the address.";
  const what = `vrrp.trackProxy.weight: ${weight}`;
  if (preempt === "never") {
    return [
      `${what} with vrrp.preempt "never" never fails over when a proxy dies: the other host's higher priority does not ` +
        `count. ${instead}`,
    ];
  }
  const [first = 0, second = 0] = prioritiesOf(pair.hosts).values();
  const distance = Math.abs(first - second);
  if (Math.abs(weight) > distance) return [];
  return [
    `${what} does not bridge the distance of the priorities, ${distance}: the host whose proxy died stays ahead. ${instead}`,
  ];
}

function untracked({ vrrp }: PairValues): string[] {
  if (vrrp?.trackProxy?.isEnabled !== false) return [];
  return ["vrrp.trackProxy.isEnabled: false: the address stays on a host whose proxy is dead"];
}
