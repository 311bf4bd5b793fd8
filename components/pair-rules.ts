import type { Problem } from "../config/problems.ts";
import type { Rules } from "./check.ts";
import type { Claim } from "./claims.ts";
import { certificateProblems, type GivenCertificate, namesOf, validityWarnings } from "./given-certificate.ts";
import { networkOf } from "./render/network.ts";
import type { PairInput } from "./render/pair.ts";
import { pairProblems, pairValuesOf, pairWarnings } from "./render/pair-problems.ts";
import { bareAddress, virtualAddressesOf } from "./render/pair-values.ts";
import { hostnamesOf } from "./render/proxy.ts";
import { instancesOf } from "./render/vrrp.ts";

/** What a pair's args are judged by. */
export const PAIR_RULES: Rules = {
  problems: (args) => {
    const problems = pairProblems(args);
    return problems.length > 0 ? problems : givenCertificateProblems(args as PairInput);
  },
  warnings: (args: PairInput) => [
    ...pairWarnings(args),
    ...givenCertificates(args).flatMap(([path, { certificatePem }]) =>
      typeof certificatePem === "string" ? validityWarnings(path, certificatePem, Date.now()) : [],
    ),
  ],
  claims: pairClaims,
};

function givenCertificateProblems(args: PairInput): Problem[] {
  return givenCertificates(args).flatMap(([path, certificate]) => {
    if (path === "tls.certificate") return certificateProblems(path, certificate, hostnamesOf(args));
    const problems = certificateProblems(path, certificate, []);
    const { certificatePem } = certificate;
    if (problems.length > 0 || typeof certificatePem !== "string" || namesOf(certificatePem).length > 0)
      return problems;
    return [{ path: `${path}.certificatePem`, got: "a certificate for no DNS name", want: "one for at least one" }];
  });
}

/** Certificates that the user brings, by their path in the args. */
function givenCertificates({ tls }: PairInput): [path: string, certificate: GivenCertificate][] {
  const own = tls?.certificate === undefined ? [] : [["tls.certificate", tls.certificate] as const];
  const more = Object.entries(tls?.moreCertificates ?? {}).flatMap(([name, { certificatePem, privateKeyPem }]) =>
    certificatePem === undefined
      ? []
      : [[`tls.moreCertificates.${name}`, { certificatePem, privateKeyPem }] as [string, GivenCertificate]],
  );
  return [...own.map(([path, certificate]): [string, GivenCertificate] => [path, certificate]), ...more];
}

/** A machine is a host of one pair, an address is moved by one, and a VRID on a link belongs to one. */
function pairClaims(args: PairInput): Claim[] {
  const pair = pairValuesOf(args);
  const hosts = Object.entries(args.hosts).map(([name, { connection }]): Claim => {
    const path = `hosts.${name}.connection.host`;
    return {
      of: ["host", connection.port ?? 22, connection.host],
      path,
      want: (owner) => `a host that ${owner} does not have`,
    };
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
      want: (owner) => `another than ${owner}'s, which is on the same network`,
    };
  });
  return [...hosts, ...addresses, ...routers];
}
