import { linesOf, sentBy } from "./sent.mjs";

/** What the hosts take when nothing is said. */
const DEFAULT = "TLSv1.2";

/** @type {import("@pulumi/policy").ResourceValidationPolicy} */
export const tls = {
  name: "tls-version",
  description: "Clients use TLS 1.2 or newer, or only 1.3 where the policy's configuration says so.",
  enforcementLevel: "mandatory",
  configSchema: { properties: { minimum: { type: "string", enum: ["TLSv1.2", "TLSv1.3"], default: "TLSv1.2" } } },
  validateResource: (resource, report) => {
    const sent = sentBy(resource, "proxy");
    if (sent === undefined) return;
    const version = linesOf(sent.text).find((line) => line["tls"] !== undefined)?.["tls"].versionMin ?? DEFAULT;
    const { minimum = DEFAULT } = /** @type {{ minimum?: string }} */ (resource.getConfig());
    // The names sort by version.
    if (version < minimum) report(`tls.versionMin: got "${version}", want "${minimum}" or newer`);
  },
};
