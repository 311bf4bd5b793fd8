import * as z from "zod";
import { oneOf } from "../../config/values.ts";

// How the hosts' advertisements know each other, as args. The key never reaches a document; what else belongs to a
// kind is for the document's own schema to judge.

const KINDS = ["password", "hmac"] as const;
export type AuthenticationKindName = (typeof KINDS)[number];

/** What of it a document has. */
export const AUTHENTICATION_FIELDS = ["kind", "keyId", "mode", "windowMs"].map(
  (field) => `vrrp.authentication.${field}`,
);

/** RFC 2338 10.5.3: eight octets. HMAC (RFC 2104 3): not shorter than its hash, and what is longer than a block adds nothing. */
const SECRETS: Readonly<Record<AuthenticationKindName, { readonly pattern: RegExp; readonly want: string }>> = {
  password: { pattern: /^[!-~]{1,8}$/, want: "a password of 1..8 visible characters" },
  hmac: { pattern: /^[!-~]{32,64}$/, want: "32..64 visible characters, or nothing, so that one is made" },
};

export const authenticationSchema = z
  .strictObject({
    kind: oneOf(KINDS),
    secret: z.string().optional(),
    keyId: z.number().optional(),
    mode: oneOf(["receive-only", "permissive", "enforce"]).optional(),
    windowMs: z.number().optional(),
  })
  .superRefine(({ kind, secret }, context) => {
    const { pattern, want } = SECRETS[kind];
    const isRight = secret === undefined ? kind === "hmac" : pattern.test(secret);
    if (!isRight) context.addIssue({ code: "custom", path: ["secret"], input: secret, message: want });
  });
