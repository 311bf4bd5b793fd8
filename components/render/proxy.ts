import { renderDocument } from "../../config/document.ts";
import { type ProxyInput, proxyDocument } from "../../config/proxy.ts";
import type { PairValues } from "./pair-values.ts";

/** Name of the certificate that a pair has for all its names. */
export const CERTIFICATE_NAME = "main";

/** Text of proxy.jsonl of one host. The two hosts' differ in the name only. */
export function renderProxy(pair: PairValues, host: string): string {
  return renderDocument(proxyDocument, proxyInput(pair, host));
}

export function proxyInput(pair: PairValues, host: string): ProxyInput {
  const { https = 443, http = 80, redirectStatus } = pair.ports ?? {};
  return given({
    proxy: host,
    listeners: {
      https: { kind: "https" as const, port: https },
      http: given({ kind: "redirect" as const, port: http, status: redirectStatus }),
    },
    certificates: { [CERTIFICATE_NAME]: { hostnames: hostnamesOf(pair) } },
    tls: pair.tlsVersionMin === undefined ? undefined : { versionMin: pair.tlsVersionMin },
    stats: pair.stats,
    trustedProxies: pair.trustedProxies,
    defaultApp: pair.defaultApp,
    redirectToSlash: pair.redirectToSlash,
    timeouts: pair.timeouts,
    limits: pair.limits,
    log: pair.log,
  }) as ProxyInput;
}

/** All names that the pair's certificate covers. */
export function hostnamesOf(pair: Pick<PairValues, "hostname" | "alternativeHostnames">): string[] {
  return [pair.hostname, ...(pair.alternativeHostnames ?? [])];
}

/** The fields that were given. */
function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
