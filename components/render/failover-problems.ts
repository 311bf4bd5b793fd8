import { parseValue } from "../../config/document.ts";
import { predictFailovers } from "../../config/failover.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { vrrpSchema } from "../../config/vrrp.ts";
import { vrrpPath } from "./document-problems.ts";
import type { PairValues } from "./pair-values.ts";
import { vrrpInput } from "./vrrp.ts";

/**
 * Single failures after which nobody serves the addresses, found by playing them through with both hosts' documents.
 *
 * A proxy that is not looked at is not among them: who says so has been warned and means it.
 */
export function failoverProblems(pair: PairValues): Problem[] {
  const documents = Object.keys(pair.hosts).flatMap((host) => {
    const parsed = parseValue(vrrpSchema, vrrpInput(pair, host));
    return parsed.ok ? [parsed.value] : [];
  });
  const [first, second] = documents;
  if (first === undefined || second === undefined) return [];
  const stuck = predictFailovers([first, second]).filter(
    ({ takeoverMs, path }) => takeoverMs === null && path !== "trackProxy.isEnabled",
  );
  const problems = stuck.map(({ path, host, failure, because }) => ({
    path: vrrpPath(path, host),
    got: path === "trackProxy.weight" ? showValue("", first.trackProxy.weight) : "a setting that prevents a failover",
    want: `${path === "trackProxy.weight" ? "0, or what lets the other host take over" : "another"}: when ${host} is Active and ${failure}, ${because}`,
  }));
  return problems.filter(({ path }, index) => problems.findIndex((other) => other.path === path) === index);
}
