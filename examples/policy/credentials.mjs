import { sentBy } from "./sent.mjs";

/** What manuals and articles show, and what people therefore try. */
const KNOWN = ["admin", "administrator", "changeme", "change-me", "haproxy", "lbpair", "letmein", "password", "secret"];
const LENGTH_MIN = 12;

/**
 * It must not show the password: what a policy reports stands in the log.
 *
 * @type {import("@pulumi/policy").ResourceValidationPolicy}
 */
export const credentials = {
  name: "no-default-credentials",
  description: "The password of the stats page is not one that everybody knows, nor a short one.",
  enforcementLevel: "mandatory",
  validateResource: (resource, report) => {
    const sent = sentBy(resource, "secret");
    if (sent?.name !== "stats-password") return;
    const password = sent.text.trim();
    if (KNOWN.includes(password.toLowerCase())) report("stats.password: got a well-known one, want one of your own");
    else if (password.length < LENGTH_MIN) {
      report(`stats.password: got ${password.length} characters, want at least ${LENGTH_MIN}`);
    }
  },
};
