import { renderDocument } from "../../config/document.ts";
import { type ProxyInput, proxyDocument } from "../../config/proxy.ts";
import { merged } from "./merge.ts";
import { MAIN } from "./pair.ts";
import type { PairNames, PairValues } from "./pair-values.ts";

/**
 * Name that a further certificate has on the hosts.
 *
 * The first by name answers clients that ask for none, so the others come after the pair's own.
 */
export function certificateName(name: string): string {
  return `site-${name}`;
}

/** Text of proxy.jsonl of one host. The two hosts' differ in the name only. */
export function renderProxy(pair: PairValues, host: string): string {
  return renderDocument(proxyDocument, proxyInput(pair, host));
}

export function proxyInput(pair: PairValues, host: string): ProxyInput {
  const { https = 443, http = 80, redirectStatus, clear } = pair.ports ?? {};
  const more = Object.entries(pair.certificates ?? {}).map(([name, names]) => [
    certificateName(name),
    { hostnames: [...names] },
  ]);
  const { proxyProtocol } = pair;
  const input = given({
    proxy: host,
    listeners: {
      https: given({ kind: "https" as const, port: https, proxyProtocol }),
      http: given({ kind: "redirect" as const, port: http, status: redirectStatus, proxyProtocol }),
      ...(clear === undefined ? {} : { clear: given({ kind: "http" as const, port: clear, proxyProtocol }) }),
    },
    certificates: { [MAIN]: { hostnames: hostnamesOf(pair) }, ...Object.fromEntries(more) },
    tls: givenGroup(pair.tls),
    stats: pair.stats,
    trustedProxies: pair.trustedProxies,
    defaultApp: pair.defaultApp,
    redirectToSlash: pair.redirectToSlash,
    errorFiles: pair.errorFiles,
    workers: pair.workers,
    tracing: pair.tracing,
    timeouts: pair.timeouts,
    limits: pair.limits,
    log: pair.log,
  }) as ProxyInput;
  return merged(input, pair.rawSettings?.proxy);
}

/** All names that the pair's own certificate covers. */
export function hostnamesOf(pair: Pick<PairNames, "hostname" | "alternativeHostnames">): string[] {
  return [pair.hostname, ...(pair.alternativeHostnames ?? [])];
}

/** A group in which something was given: an empty one would be a line that says nothing. */
function givenGroup<T extends object>(group: T | undefined): Partial<T> | undefined {
  const fields = given(group ?? ({} as T));
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** The fields that were given. */
function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
