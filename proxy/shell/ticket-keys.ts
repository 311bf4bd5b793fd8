import { createPrivateKey, hkdfSync } from "node:crypto";
import type { Certificate } from "./certificates.ts";
import type { ClientPolicy } from "./client-policy.ts";

// A client that has been here may resume its session with any worker of either host, so all must have the same ticket
// keys without a word between them. Both hosts have the certificate's private key: the keys of a day follow from it.

const DAY_MS = 86_400_000;
/** Name, authentication and encryption of `Server.setTicketKeys`. */
const KEY_BYTES = 48;

/**
 * Ticket keys of a day; undefined without a certificate.
 *
 * Who has the private key can read TLS 1.2 sessions that were resumed on that day; TLS 1.3 agrees on fresh keys all the same.
 *
 * @param certificate  the one that clients without SNI get
 * @param epochMs  some time of the day, UTC
 * @param policy  what clients have proved when their session began
 */
export function ticketKeys(
  certificate: Certificate | undefined,
  epochMs: number,
  policy?: Pick<ClientPolicy, "key">,
): Buffer | undefined {
  if (certificate === undefined) return undefined;
  const secret = createPrivateKey(certificate.pem).export({ type: "pkcs8", format: "der" });
  const day = String(Math.floor(epochMs / DAY_MS));
  const use = policy === undefined ? "lbpair session tickets" : `lbpair session tickets ${policy.key}`;
  return Buffer.from(hkdfSync("sha256", secret, day, use, KEY_BYTES));
}

/** Time until the keys of another day are due, ms. */
export function nextTicketKeysMs(epochMs: number): number {
  return DAY_MS - (epochMs % DAY_MS);
}
