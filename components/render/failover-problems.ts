import { parseValue } from "../../config/document.ts";
import { predictFailovers } from "../../config/failover.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { vrrpSchema } from "../../config/vrrp.ts";
import { VRRP_FIELDS, vrrpPath } from "./document-problems.ts";
import { valueAt } from "./merge.ts";
import type { PairValues } from "./pair-values.ts";
import type { Relation } from "./relations.ts";
import { vrrpInput } from "./vrrp.ts";

/** What the documents lead to. */
export const FAILOVER_RELATIONS: readonly Relation<PairValues>[] = [
  { reads: [...VRRP_FIELDS, "hosts.*.connection.host", "hosts.*.sourceAddresses"], problems: failoverProblems },
];

/**
 * Single failures after which nobody serves the addresses, found by playing them through with both hosts' documents.
 *
 * A proxy that is not looked at is not among them: who says so has been warned and means it.
 */
function failoverProblems(pair: PairValues): Problem[] {
  const documents = Object.keys(pair.hosts).flatMap((host) => {
    const parsed = parseValue(vrrpSchema, vrrpInput(pair, host));
    return parsed.ok ? [parsed.value] : [];
  });
  const [first, second] = documents;
  if (first === undefined || second === undefined) return [];
  const stuck = predictFailovers([first, second]).filter(
    ({ takeoverMs, path }) => takeoverMs === null && path !== "trackProxy.isEnabled",
  );
  const problems = stuck.map(({ path, host, failure, because }) => {
    const value = valueAt(first, path);
    const isValue = typeof value === "number" || typeof value === "string";
    return {
      path: vrrpPath(path, host),
      got: isValue ? showValue("", value) : "a setting that prevents a failover",
      want: `${path.endsWith(".weight") ? "0, or what lets the other host take over" : "another"}: when ${host} is Active and ${failure}, ${because}`,
    };
  });
  return problems.filter(({ path }, index) => problems.findIndex((other) => other.path === path) === index);
}
