import * as z from "zod";

// What is said of a certificate: facts that every client sees, never the key.

export const certificateFactsSchema = z.object({
  /** Names that a listener's is for; an app's, which is shown to backends, has none here. */
  hostnames: z.array(z.string()),
  /** App that shows it to its backends; absent: clients see it. */
  app: z.string().optional(),
  /** RFC 3339. */
  notBefore: z.string(),
  notAfter: z.string(),
  issuer: z.string(),
  /** SHA-256 of the certificate, hexadecimal with colons. */
  fingerprint: z.string(),
});
export type CertificateFacts = z.output<typeof certificateFactsSchema>;

const DAY_MS = 86_400_000;
/** `pulumi up` renews earlier; who is told now can still do it by hand in working hours. */
const WARNED_DAYS = 14;

/** What is wrong with the time of a certificate: clients refuse it, or soon will. */
export function validityWarning({ notBefore, notAfter }: CertificateFacts, nowMs: number): string | undefined {
  const leftMs = Date.parse(notAfter) - nowMs;
  if (leftMs <= 0) return `ended on ${notAfter}`;
  if (Date.parse(notBefore) > nowMs) return `not valid before ${notBefore}`;
  return leftMs < WARNED_DAYS * DAY_MS ? `ends on ${notAfter}, in ${Math.floor(leftMs / DAY_MS)} days` : undefined;
}

/** What a certificate is for, in words. */
export function certificateUse({ hostnames, app }: Pick<CertificateFacts, "hostnames" | "app">): string {
  return app === undefined ? hostnames.join(" ") : `shown to backends of ${app}`;
}
