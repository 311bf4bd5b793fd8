import { linesOf, sentBy } from "./sent.mjs";

/** @type {import("@pulumi/policy").ResourceValidationPolicy} */
export const backends = {
  name: "backends",
  description: "An app has so many backends that one of them may fail.",
  enforcementLevel: "mandatory",
  configSchema: { properties: { minimum: { type: "integer", minimum: 1, default: 2 } } },
  validateResource: (resource, report) => {
    const { minimum = 2 } = /** @type {{ minimum?: number }} */ (resource.getConfig());
    const sent = sentBy(resource, "app") ?? sentBy(resource, "apps");
    if (sent === undefined) return;
    /** @type {Map<string, Set<string>>} */
    const machines = new Map();
    for (const { apps, app = sent.name, backend, address } of linesOf(sent.text)) {
      if (apps !== undefined) continue; // head of a document of many apps, in which each line says whose it is
      const own = machines.get(app) ?? new Set();
      machines.set(app, backend === undefined ? own : own.add(address));
    }
    for (const [app, { size }] of machines)
      if (size < minimum) report(`app ${app}: got ${size} backends, want at least ${minimum}`);
  },
};
