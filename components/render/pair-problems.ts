import { parseValue } from "../../config/document.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { ADDRESS_RELATIONS } from "./address-problems.ts";
import { DOCUMENT_RELATIONS } from "./document-problems.ts";
import { FAILOVER_RELATIONS } from "./failover-problems.ts";
import { DEFAULT_VALIDITY_HOURS, type PairInput, pairSchema } from "./pair.ts";
import type { PairValues } from "./pair-values.ts";
import { type Judgement, judged } from "./relations.ts";

/** What a pair's args are judged by. */
export const PAIR_JUDGEMENT: Judgement<Partial<PairInput>> = {
  values: (args) => {
    const parsed = parseValue(pairSchema, args);
    return parsed.ok ? [] : parsed.problems;
  },
  sound: (args) => args as Partial<PairInput>,
  relations: [
    ...[...ADDRESS_RELATIONS, ...DOCUMENT_RELATIONS, ...FAILOVER_RELATIONS].map(({ reads, problems }) => ({
      reads,
      problems: (args: Partial<PairInput>) => problems(pairValuesOf(args)),
    })),
    { reads: ["tls.validityHours", "tls.earlyRenewalHours"], problems: validityProblems },
  ],
};

/** Everything that is wrong with a pair's args. */
export function pairProblems(args: unknown, notKnown: readonly string[] = []): Problem[] {
  return judged(PAIR_JUDGEMENT, args, notKnown);
}

/** What is legal and yet not what anyone wants. */
export function pairWarnings(args: PairInput): string[] {
  const pair = pairValuesOf(args);
  return untracked(pair);
}

/** RFC 2606 2: nobody's. A document without a name could not be judged at all. */
const STAND_IN_HOSTNAME = "doubtful.invalid";

/** What the documents of a pair with these args are made of, also when something doubtful was taken out of them. */
export function pairValuesOf({ stats, tls, vrrp, hosts = {}, ...rest }: Partial<PairInput>): PairValues {
  const { password: _, ...shownStats } = stats ?? { user: "", password: "" };
  return {
    hostname: STAND_IN_HOSTNAME,
    virtualAddress: "",
    ...rest,
    vrrp: shownVrrp(vrrp ?? {}),
    tls: shownTls(tls ?? {}),
    hosts: mapValues(hosts, ({ connection, ...host }: Partial<PairInput["hosts"][string]>) => ({
      ...host,
      address: connection?.host ?? "",
    })),
    stats: stats === undefined ? undefined : shownStats,
    certificates: Object.fromEntries(
      Object.entries(tls?.moreCertificates ?? {}).flatMap(([name, { hostnames }]) =>
        hostnames ? [[name, hostnames]] : [],
      ),
    ),
  };
}

function shownVrrp({ authentication, ...shown }: NonNullable<PairInput["vrrp"]>): NonNullable<PairValues["vrrp"]> {
  if (authentication === undefined) return shown;
  const { secret: _, ...known } = authentication;
  return { ...shown, authentication: known };
}

function shownTls(tls: NonNullable<PairInput["tls"]>): PairValues["tls"] {
  const {
    certificate: _,
    moreCertificates: _m,
    authority: _a,
    validityHours: _v,
    earlyRenewalHours: _e,
    ...shown
  } = tls;
  return shown;
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, use: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, use(value)]));
}

/** A certificate that is due for renewal from its first hour on would be renewed by every `up`. */
function validityProblems({ tls }: Partial<PairInput>): Problem[] {
  const { validityHours = DEFAULT_VALIDITY_HOURS, earlyRenewalHours } = tls ?? {};
  if (earlyRenewalHours === undefined || earlyRenewalHours < validityHours) return [];
  const want = `less than the ${validityHours} hours of its validity`;
  return [{ path: "tls.earlyRenewalHours", got: showValue("", earlyRenewalHours), want }];
}

function untracked({ vrrp }: PairValues): string[] {
  if (vrrp?.trackProxy?.isEnabled !== false) return [];
  return ["vrrp.trackProxy.isEnabled: false: the address stays on a host whose proxy is dead"];
}
