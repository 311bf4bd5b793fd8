import { parseValue } from "../../config/document.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { addressProblems } from "./address-problems.ts";
import { documentProblems } from "./document-problems.ts";
import { failoverProblems } from "./failover-problems.ts";
import { DEFAULT_VALIDITY_HOURS, type PairInput, pairSchema } from "./pair.ts";
import type { PairValues } from "./pair-values.ts";

/** Everything that is wrong with a pair's args. */
export function pairProblems(args: unknown): Problem[] {
  const parsed = parseValue(pairSchema, args);
  if (!parsed.ok) return parsed.problems;
  const input = args as PairInput;
  const pair = pairValuesOf(input);
  const problems = [...addressProblems(pair), ...documentProblems(pair), ...validityProblems(input)];
  // What the documents lead to can be said once they are documents.
  return problems.length > 0 ? problems : failoverProblems(pair);
}

/** What is legal and yet not what anyone wants. */
export function pairWarnings(args: PairInput): string[] {
  const pair = pairValuesOf(args);
  return untracked(pair);
}

/** What the documents of a pair with these args are made of. */
export function pairValuesOf({ stats, tls, vrrp, hosts, ...rest }: PairInput): PairValues {
  const { password: _, ...shownStats } = stats ?? { user: "", password: "" };
  const { authentication, ...shownVrrp } = vrrp ?? {};
  const { secret: _secret, ...shown } = authentication ?? { kind: "hmac" };
  const {
    certificate: _own,
    moreCertificates,
    authority: _ca,
    validityHours: _v,
    earlyRenewalHours: _e,
    ...shownTls
  } = tls ?? {};
  return {
    ...rest,
    vrrp: { ...shownVrrp, ...(authentication === undefined ? {} : { authentication: shown }) },
    tls: shownTls,
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, { connection, ...host }]) => [name, { ...host, address: connection.host }]),
    ),
    stats: stats === undefined ? undefined : shownStats,
    certificates: Object.fromEntries(
      Object.entries(moreCertificates ?? {}).flatMap(([name, { hostnames }]) => (hostnames ? [[name, hostnames]] : [])),
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

function untracked({ vrrp }: PairValues): string[] {
  if (vrrp?.trackProxy?.isEnabled !== false) return [];
  return ["vrrp.trackProxy.isEnabled: false: the address stays on a host whose proxy is dead"];
}
