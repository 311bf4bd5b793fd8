import type { Problem } from "../config/problems.ts";
import type { Rules } from "./check.ts";
import { type Claim, hostnameClaim } from "./claims.ts";
import {
  authorityProblems,
  certificateProblems,
  type GivenCertificate,
  namesOf,
  revocationProblems,
  revocationWarnings,
  validityWarnings,
} from "./given-certificate.ts";
import { networkOf } from "./render/network.ts";
import type { PairInput } from "./render/pair.ts";
import { PAIR_JUDGEMENT, pairValuesOf, pairWarnings } from "./render/pair-problems.ts";
import { bareAddress, type PairValues, pairAddresses, virtualAddressesOf } from "./render/pair-values.ts";
import { hostnamesOf } from "./render/proxy.ts";
import { type Judgement, judged } from "./render/relations.ts";
import { instancesOf } from "./render/vrrp.ts";

/** What a pair's args are judged by. */
export const PAIR_RULES: Rules = {
  problems: (args, notKnown) => judged({ ...PAIR_JUDGEMENT, relations: RELATIONS }, args, notKnown),
  warnings: (args: PairInput) => [
    ...pairWarnings(args),
    ...givenCertificates(args).flatMap(([path, { certificatePem }]) =>
      typeof certificatePem === "string" ? validityWarnings(path, certificatePem, Date.now()) : [],
    ),
    ...revocationWarnings(CLIENTS_CRL, args.tls?.clientCertificates?.crlPem, Date.now()),
  ],
  claims: pairClaims,
};

const CLIENTS_CA = "tls.clientCertificates.caPem";
const CLIENTS_CRL = "tls.clientCertificates.crlPem";

/** Every certificate is looked at as far as it is known. */
const RELATIONS: Judgement<Partial<PairInput>>["relations"] = [
  ...PAIR_JUDGEMENT.relations,
  { reads: ["hostname", "alternativeHostnames"], problems: ownCertificateProblems },
  { reads: [], problems: moreCertificateProblems },
  { reads: [CLIENTS_CA], problems: ({ tls }) => authorityProblems(CLIENTS_CA, tls?.clientCertificates?.caPem) },
  { reads: [CLIENTS_CRL], problems: ({ tls }) => revocationProblems(CLIENTS_CRL, tls?.clientCertificates?.crlPem) },
];

function ownCertificateProblems({ hostname = "", alternativeHostnames, tls }: Partial<PairInput>): Problem[] {
  if (tls?.certificate === undefined) return [];
  return certificateProblems("tls.certificate", tls.certificate, hostnamesOf({ hostname, alternativeHostnames }));
}

function moreCertificateProblems(args: Partial<PairInput>): Problem[] {
  return moreCertificates(args).flatMap(([path, certificate]) => {
    const problems = certificateProblems(path, certificate, []);
    const { certificatePem } = certificate;
    if (problems.length > 0 || typeof certificatePem !== "string" || namesOf(certificatePem).length > 0)
      return problems;
    return [{ path: `${path}.certificatePem`, got: "a certificate for no DNS name", want: "one for at least one" }];
  });
}

type GivenAt = readonly [path: string, certificate: GivenCertificate];

/** Certificates that the user brings, by their path in the args. */
function givenCertificates(args: PairInput): GivenAt[] {
  const own = args.tls?.certificate;
  return [...(own === undefined ? [] : [["tls.certificate", own] as GivenAt]), ...moreCertificates(args)];
}

function moreCertificates({ tls }: Partial<PairInput>): GivenAt[] {
  return Object.entries(tls?.moreCertificates ?? {}).flatMap(([name, { certificatePem, privateKeyPem }]) =>
    certificatePem === undefined
      ? []
      : [[`tls.moreCertificates.${name}`, { certificatePem, privateKeyPem }] as GivenAt],
  );
}

type Host = PairInput["hosts"][string];

/** A machine is a host of one pair, an address is moved by one, and a VRID on a link belongs to one. */
function pairClaims(args: Partial<PairInput>): Claim[] {
  const pair = pairValuesOf(args);
  const hosts = Object.entries(args.hosts ?? {}).map(([name, { connection }]: [string, Partial<Host>]): Claim => {
    const path = `hosts.${name}.connection.host`;
    const of = ["host", connection?.port ?? 22, connection?.host];
    const reads = [`hosts.${name}.connection.port`];
    return { of, path, reads, want: (owner) => `a host that ${owner} does not have` };
  });
  const addresses = virtualAddressesOf(pair).map(({ path, cidr }): Claim => {
    const address = typeof cidr === "string" ? bareAddress(cidr) : cidr;
    return { of: ["virtual address", address], path, want: (owner) => `an address that ${owner} does not move` };
  });
  const routers = instancesOf(pair).map(({ name, vrid, address }): Claim => {
    const path = name === "main" ? "vrrp.vrid" : `moreVirtualAddresses.${name}.vrid`;
    const network = typeof address === "string" ? networkOf(address) : undefined;
    return {
      of: ["vrid", network, vrid],
      path,
      reads: ["vrrp.vrid"], // the others follow it
      want: (owner) => `another than ${owner}'s, which is on the same network`,
    };
  });
  return [...hosts, ...addresses, ...routers, ...hostnameClaims(args, pair)];
}

/** The names that the pair's certificates are for. */
function hostnameClaims({ hostname, alternativeHostnames, tls }: Partial<PairInput>, pair: PairValues): Claim[] {
  if (virtualAddressesOf(pair).some(({ cidr }) => typeof cidr !== "string")) return [];
  const words = pairAddresses(pair);
  const own = [hostname, ...(alternativeHostnames ?? [])].map((each) =>
    hostnameClaim(words, each, "hostname", "served"),
  );
  const more = Object.entries(tls?.moreCertificates ?? {}).flatMap(([name, { hostnames, certificatePem }]) =>
    (hostnames ?? (typeof certificatePem === "string" ? namesOf(certificatePem) : [])).map((each) =>
      hostnameClaim(words, each, `tls.moreCertificates.${name}`, "served"),
    ),
  );
  return [...own, ...more];
}
