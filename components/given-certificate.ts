import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Problem } from "../config/problems.ts";
import { decodeRevocationLists, revocationWarning } from "../config/revocation-list.ts";

/** A certificate that the user brings, as far as its parts are known. */
export type GivenCertificate = { readonly certificatePem: unknown; readonly privateKeyPem: unknown };

/**
 * What is wrong with a certificate that was not issued by us, found before any host sees it.
 *
 * @param path  field of the args that holds it
 * @param hostnames  names that it has to cover
 */
export function certificateProblems(
  path: string,
  { certificatePem, privateKeyPem }: GivenCertificate,
  hostnames: readonly string[],
): Problem[] {
  if (typeof certificatePem !== "string") return [];
  const at = `${path}.certificatePem`;
  const certificate = readCertificate(certificatePem);
  if (certificate === undefined) return [{ path: at, got: "a text that is none", want: "a certificate in PEM" }];
  return [
    ...hostnames.filter((name) => !covers(certificate, name)).map((name) => uncovered(at, certificate, name)),
    ...keyProblems(`${path}.privateKeyPem`, certificate, privateKeyPem),
  ];
}

/** What is wrong with certificates of authorities, one after the other. */
export function authorityProblems(path: string, pem: unknown): Problem[] {
  if (typeof pem !== "string") return [];
  const parts = pem.split(/(?<=-----END CERTIFICATE-----)\s+(?=-----BEGIN)/);
  const isRead = parts.every((part) => readCertificate(part) !== undefined);
  return isRead ? [] : [{ path, got: "a text in which one is none", want: "certificates in PEM" }];
}

/** A certificate that clients will refuse; no reason to refuse other changes, which may be urgent. */
export function validityWarnings(path: string, certificatePem: string, nowMs: number): string[] {
  const certificate = readCertificate(certificatePem);
  if (certificate === undefined) return [];
  const { validFrom, validTo } = certificate;
  if (Date.parse(validFrom) <= nowMs && nowMs < Date.parse(validTo)) return [];
  const [from, to] = [validFrom, validTo].map((date) => new Date(date).toISOString());
  return [`${path}: the certificate is valid from ${from} to ${to}: clients refuse it now`];
}

/** What is wrong with lists of revoked certificates, one after the other. */
export function revocationProblems(path: string, pem: unknown): Problem[] {
  if (typeof pem !== "string" || !decodeRevocationLists(pem).includes(undefined)) return [];
  return [{ path, got: "a text in which one is none", want: "lists of revoked certificates in PEM" }];
}

/** Lists under which no client is trusted, or soon none will be; no reason to refuse other changes either. */
export function revocationWarnings(path: string, pem: unknown, nowMs: number): string[] {
  const lists = typeof pem === "string" ? decodeRevocationLists(pem) : [];
  return lists.flatMap((list) => {
    const warning = list === undefined ? undefined : revocationWarning(list, nowMs);
    return warning === undefined ? [] : [`${path}: the list of ${list?.issuer} ${warning}`];
  });
}

/** Names that a certificate is for, in lower case; addresses are left out. */
export function namesOf(certificatePem: string): string[] {
  const names = readCertificate(certificatePem)?.subjectAltName?.split(", ") ?? [];
  return names.filter((name) => name.startsWith("DNS:")).map((name) => name.slice("DNS:".length).toLowerCase());
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined; // reported by the caller
  }
}

/** A wildcard is covered by the same wildcard only. */
function covers(certificate: X509Certificate, hostname: string): boolean {
  if (hostname.startsWith("*.")) return namesOf(certificate.toString()).includes(hostname);
  return certificate.checkHost(hostname, { subject: "never" }) !== undefined;
}

function uncovered(path: string, { subjectAltName }: X509Certificate, hostname: string): Problem {
  return { path, got: `a certificate for ${subjectAltName ?? "no name"}`, want: `one that covers ${hostname}` };
}

function keyProblems(path: string, certificate: X509Certificate, pem: unknown): Problem[] {
  if (typeof pem !== "string") return [];
  try {
    if (certificate.checkPrivateKey(createPrivateKey(pem))) return [];
    return [{ path, got: "a key that belongs to another certificate", want: "this certificate's" }];
  } catch {
    return [{ path, got: "a text that is none, or one with a passphrase", want: "a private key in PEM" }];
  }
}
