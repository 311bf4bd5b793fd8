import { linesOf, sentBy } from "./sent.mjs";

/** @type {import("@pulumi/policy").ResourceValidationPolicy} */
export const backends = {
  name: "backends",
  description: "An app has so many backends that one of them may fail.",
  enforcementLevel: "mandatory",
  configSchema: { properties: { minimum: { type: "integer", minimum: 1, default: 2 } } },
  validateResource: (resource, report) => {
    const sent = sentBy(resource, "app");
    if (sent === undefined) return;
    const machines = new Set(
      linesOf(sent.text).flatMap(({ backend, address }) => (backend === undefined ? [] : address)),
    );
    const { minimum = 2 } = /** @type {{ minimum?: number }} */ (resource.getConfig());
    if (machines.size < minimum) report(`app ${sent.name}: got ${machines.size} backends, want at least ${minimum}`);
  },
};
