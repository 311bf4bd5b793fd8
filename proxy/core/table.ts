import type { ServedApp } from "../../config/passthrough.ts";
import type { ProxyConfig } from "../../config/proxy.ts";
import { decodeNetwork, type Network } from "../wire/address.ts";
import { type App, compileApp, type KeptState } from "./app.ts";
import { compileErrorPages, type ErrorPages } from "./error-pages.ts";
import { compileHsts } from "./hsts.ts";
import type { Leaving } from "./leaving.ts";
import type { PaceRules } from "./pace.ts";
import { buildPassthroughs, type Passthroughs } from "./passthrough.ts";
import { buildRouter, type Router } from "./route.ts";

/** Everything that decides about a request; replaced as a whole by a reload. */
export type Table = {
  readonly proxy: ProxyConfig;
  readonly apps: readonly App[];
  readonly router: Router;
  /** Undefined: there are none, and nobody need look at a connection before TLS does. */
  readonly passthroughs: Passthroughs | undefined;
  readonly errorPages: ErrorPages;
  readonly trusted: readonly Network[];
  /** Strict-Transport-Security for responses over TLS, or nothing. */
  readonly hstsLine: string;
  /** How fast clients have to bring bodies. */
  readonly pace: PaceRules;
  /** Longest silence of a tunnel's backend whose client has ended its half. */
  readonly serverFinMs: number;
  /** Port that a redirect to https names; undefined for the standard one. */
  readonly httpsPort: number | undefined;
};

export function buildTable(
  proxy: ProxyConfig,
  configs: readonly ServedApp[],
  leaving: Leaving,
  kept: KeptState,
): Table {
  const apps = configs.map((config) => compileApp(config, leaving[config.app] ?? {}, proxy.limits.fieldsMax, kept));
  const ports = Object.values(proxy.listeners).flatMap(({ kind, port }) => (kind === "https" ? [port] : []));
  return {
    proxy,
    apps,
    errorPages: compileErrorPages(proxy.errorFiles),
    router: buildRouter(
      apps.filter(({ passthrough }) => passthrough === undefined),
      proxy.defaultApp,
    ),
    passthroughs: buildPassthroughs(
      apps,
      Object.values(proxy.certificates).flatMap(({ hostnames }) => hostnames),
    ),
    hstsLine: compileHsts(proxy.tls),
    trusted: (proxy.trustedProxies ?? []).flatMap((text) => decodeNetwork(text) ?? []),
    pace: { graceMs: proxy.timeouts.clientMs, bytesPerSecondMin: proxy.limits.bodyBytesPerSecondMin },
    serverFinMs: proxy.timeouts.serverFinMs ?? proxy.timeouts.clientFinMs,
    httpsPort: ports.length === 0 || ports.includes(443) ? undefined : ports[0],
  };
}
