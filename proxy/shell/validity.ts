import { certificateUse, validityWarning } from "../../config/certificate-facts.ts";
import { documentPath } from "../../config/paths.ts";
import { decodeRevocationLists, revocationWarning } from "../../config/revocation-list.ts";
import type { ProxyStatus } from "../../config/status.ts";
import { allFacts } from "./certificates.ts";
import type { Configuration } from "./config-dir.ts";

/** What of a configuration holds for a time only. */
export type Validity = Pick<ProxyStatus, "certificates" | "revocationLists">;

export function validityOf({ proxy, apps, certificates }: Configuration): Validity {
  const lists = decodeRevocationLists(proxy.tls.clientCertificates?.crlPem ?? "");
  return {
    certificates: allFacts(certificates, apps),
    revocationLists: lists.filter((list) => list !== undefined),
  };
}

/** Something whose time is over, or nearly, or is still to come. */
export type ValidityWarning =
  | { readonly event: "certificate"; readonly name: string; readonly for: string; readonly because: string }
  | { readonly event: "revocationList"; readonly issuer: string; readonly because: string };

export function validityWarnings({ certificates, revocationLists }: Validity, nowMs: number): ValidityWarning[] {
  const ofCertificates = Object.entries(certificates).flatMap(([name, facts]): ValidityWarning[] => {
    const because = validityWarning(facts, nowMs);
    return because === undefined ? [] : [{ event: "certificate", name, for: certificateUse(facts), because }];
  });
  const ofLists = revocationLists.flatMap((list): ValidityWarning[] => {
    const because = revocationWarning(list, nowMs);
    return because === undefined ? [] : [{ event: "revocationList", issuer: list.issuer, because }];
  });
  return [...ofCertificates, ...ofLists];
}

/** A warning as whoever checks the files reads it. */
export function formatValidityWarning(warning: ValidityWarning): string {
  if (warning.event === "certificate")
    return `${documentPath({ kind: "certificate", name: warning.name })}: warning: ${warning.because}`;
  return `${documentPath({ kind: "proxy" })}: tls.clientCertificates.crlPem: warning: the list of ${warning.issuer} ${warning.because}`;
}
