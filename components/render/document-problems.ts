import { parseValue } from "../../config/document.ts";
import type { Problem } from "../../config/problems.ts";
import { proxySchema } from "../../config/proxy.ts";
import { relationProblems } from "../../config/relations.ts";
import { vrrpSchema } from "../../config/vrrp.ts";
import { AUTHENTICATION_FIELDS } from "./authentication.ts";
import { hasPath } from "./merge.ts";
import { MAIN, pairSchema } from "./pair.ts";
import type { PairValues } from "./pair-values.ts";
import { certificateName, proxyInput } from "./proxy.ts";
import type { Relation } from "./relations.ts";
import { vrrpInput } from "./vrrp.ts";

/** What vrrp.jsonl is made of, as fields of the args. */
export const VRRP_FIELDS: readonly string[] = [
  ...Object.keys(pairSchema.shape.vrrp.unwrap().shape).flatMap((field) =>
    field === "authentication" ? AUTHENTICATION_FIELDS : [`vrrp.${field}`],
  ),
  ...["virtualAddress", "moreVirtualAddresses", "hosts.*.priority", "hosts.*.interface", "hosts.*.controlAddresses"],
  ...["log.level", "rawSettings.vrrp"],
];

/** What of proxy.jsonl is not judged field by field. */
const PROXY_FIELDS = ["ports", "stats.port", "rawSettings.proxy"];

/** What the documents' own schemas say; they have the last word. Their paths are translated back to the args'. */
export const DOCUMENT_RELATIONS: readonly Relation<PairValues>[] = [
  { reads: VRRP_FIELDS, problems: ofBoth(vrrpProblems) },
  { reads: PROXY_FIELDS, problems: ofBoth(proxyProblems) },
];

/** The hosts share most of it. */
function ofBoth(problems: (pair: PairValues, host: string) => Problem[]) {
  return (pair: PairValues) => {
    const found = Object.keys(pair.hosts).flatMap((host) => problems(pair, host));
    return [...new Map(found.map((problem) => [problem.path, problem])).values()];
  };
}

function vrrpProblems(pair: PairValues, host: string): Problem[] {
  const vrrp = parseValue(vrrpSchema, vrrpInput(pair, host));
  if (vrrp.ok) return [];
  return known(vrrp.problems, "vrrp", pair.rawSettings?.vrrp).map((problem) => ({
    ...problem,
    path: problem.path.startsWith("rawSettings.") ? problem.path : vrrpPath(problem.path, host),
  }));
}

function proxyProblems(pair: PairValues, host: string): Problem[] {
  const proxy = parseValue(proxySchema, proxyInput(pair, host));
  const problems = proxy.ok ? relationProblems(proxy.value, []) : proxy.problems;
  return known(problems, "proxy", pair.rawSettings?.proxy).map((problem) => ({
    path: proxyPath(problem.path),
    got: problem.got,
    want: problem.want.replace(/\b(?:listeners|stats)\.\S+/, proxyPath),
  }));
}

/** A field that only a later release knows is what raw settings are for; a wrong value is theirs, too. */
function known(problems: readonly Problem[], document: string, raw: unknown): Problem[] {
  return problems.flatMap((problem) => {
    if (raw === undefined || !hasPath(raw, problem.path)) return [problem];
    return problem.want === "no such field" ? [] : [{ ...problem, path: `rawSettings.${document}.${problem.path}` }];
  });
}

/** Where the args say what a field of vrrp.jsonl says. */
export function vrrpPath(path: string, host: string): string {
  const [, instance, field] = /^instances\.([^.]+)\.(.*)$/.exec(path) ?? [];
  if (/^control\.peers\b/.test(path)) return `hosts.${host}.controlAddresses`;
  if (instance === undefined || field === undefined) return path.startsWith("log.") ? path : `vrrp.${path}`;
  if (field === "priority" || field === "interface") return `hosts.${host}.${field}`;
  if (/^peers\b/.test(field)) return "vrrp.isUnicast";
  const [, place] = /^addresses\.\d+\.(label|interface)$/.exec(field) ?? [];
  if (place !== undefined)
    return `${instance === MAIN ? "vrrp" : `moreVirtualAddresses.${instance}`}.${place === "label" ? place : "addressInterface"}`;
  const isAddress = /^addresses\b/.test(field);
  if (instance !== MAIN && (isAddress || field === "vrid"))
    return `moreVirtualAddresses.${instance}.${isAddress ? "address" : field}`;
  return isAddress ? "virtualAddress" : `vrrp.${field}`;
}

function proxyPath(path: string): string {
  if (path === "listeners.http.status") return "ports.redirectStatus";
  const further = certificateName("");
  return path
    .replace(/^listeners\.(https?|clear)\.port$/, "ports.$1")
    .replace(/^listeners\.[^.]+\.proxyProtocol\b/, "proxyProtocol")
    .replace(new RegExp(`^certificates\\.${further}([^.]+).*$`), "tls.moreCertificates.$1")
    .replace(/^certificates\..*$/, "hostname");
}
