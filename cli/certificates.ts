import { type CertificateFacts, certificateUse, validityWarning } from "../config/certificate-facts.ts";
import { type RevocationList, revocationWarning } from "../config/revocation-list.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";
import { readReport } from "./report.ts";

/** Shows the certificates of this host's proxy, and what clients' authorities have revoked, as a person reads them. */
export async function listCertificates(places: Places, show: (text: string) => void): Promise<Outcome> {
  const { proxy } = await readReport(places);
  if (typeof proxy === "string") return failed(proxy);
  show(formatCertificates(proxy.certificates, Date.now()) + formatRevocationLists(proxy.revocationLists, Date.now()));
  return done;
}

/** A paragraph for each. */
export function formatCertificates(certificates: Readonly<Record<string, CertificateFacts>>, nowMs: number): string {
  return Object.entries(certificates)
    .flatMap(([name, facts]) => {
      const warning = validityWarning(facts, nowMs);
      const { notBefore, notAfter, issuer, fingerprint } = facts;
      return [
        `${name}: ${certificateUse(facts)}${warning === undefined ? "" : `  WARNING: ${warning}`}`,
        `  valid from ${notBefore} to ${notAfter}`,
        `  issued by ${issuer}`,
        `  sha256 ${fingerprint}`,
      ];
    })
    .map((line) => `${line}\n`)
    .join("");
}

/** The same for lists of what the authorities of clients' certificates have revoked. */
export function formatRevocationLists(lists: readonly RevocationList[], nowMs: number): string {
  return lists
    .map((list) => {
      const warning = revocationWarning(list, nowMs);
      const { issuer, thisUpdate, nextUpdate } = list;
      return `revocation list of ${issuer}${warning === undefined ? "" : `  WARNING: ${warning}`}\n  valid from ${thisUpdate}${nextUpdate === undefined ? "" : ` to ${nextUpdate}`}\n`;
    })
    .join("");
}
