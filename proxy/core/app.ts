import type { AppConfig, BackendConfig } from "../../config/app.ts";
import type { ServedApp } from "../../config/passthrough.ts";
import { fieldLine } from "../wire/fields.ts";
import { type Backend, type BackendState, backendKey, compileBackend, isOpen, isUsable, weightOf } from "./backend.ts";
import type { LeavingBackend } from "./leaving.ts";
import type { Line } from "./line.ts";
import { compileRetries, newRetryBudget, type RetryBudget, type RetryRules } from "./retry.ts";
import type { Traffic } from "./traffic.ts";

/** An app, prepared for serving. */
export type App = {
  readonly name: string;
  /** With slashes at both ends. */
  readonly prefix: string;
  /** X-Forwarded-Prefix for the backends. */
  readonly prefixLine: string;
  readonly hostnames: readonly string[] | undefined;
  /** Connections are carried as they are, by the name that they ask for; undefined: requests are served. */
  readonly passthrough: ServedApp["passthrough"];
  /** Those of the document, then those that are leaving. */
  readonly backends: readonly Backend[];
  /** How long a backend that the document has lost is leaving. */
  readonly drainRemovedMs: number;
  readonly balance: AppConfig["balance"];
  readonly cookie: PersistenceCookie | undefined;
  readonly isPrefixStripped: boolean;
  readonly isResponseRewritten: boolean;
  readonly isHtmlRewritten: boolean;
  readonly isInsecureUpgraded: boolean;
  readonly isCookieDomainFitted: boolean;
  readonly hasForwarded: boolean;
  /** Connections may change to WebSocket. */
  readonly hasWebsocket: boolean;
  readonly limits: UpstreamLimits;
  readonly tunnelMs: number;
  readonly queueMs: number;
  readonly queueMax: number;
  readonly bodyBytesMax: number;
  /** Some backend takes a limited number of requests at once. */
  readonly isLimited: boolean;
  readonly line: Line;
  readonly retries: RetryRules;
  readonly retryBudget: RetryBudget;
  readonly observe: AppConfig["observe"];
  readonly check: AppConfig["check"];
  readonly backendTls: AppConfig["backendTls"];
  /** Chain and key for backends that ask for them. */
  readonly clientPem: string | undefined;
  readonly choice: Choice;
  readonly traffic: Traffic;
};

/** What a backend may take of our patience. */
export type UpstreamLimits = { readonly connectMs: number; readonly serverMs: number; readonly fieldsMax: number };

export type PersistenceCookie = {
  readonly name: string;
  /** What follows the value in Set-Cookie, without and with Secure. */
  readonly attributes: string;
  readonly secureAttributes: string;
  readonly backends: ReadonlyMap<string, readonly Backend[]>;
  /** Silence and age after which it binds no more; infinite for never. */
  readonly maxIdleS: number;
  readonly maxLifeS: number;
};

/** Backends that a new session may get; recomputed when one goes up or down, not for each request. */
export type Choice = {
  backends: readonly Backend[];
  /** Where the search for the least loaded starts, so that equals take turns. */
  turn: number;
};

/**
 * @param leaving  backends that the document has no more
 * @param fieldsMax  field lines of a response
 * @param kept  what to go on with from an earlier configuration, or new
 */
export function compileApp(
  config: ServedApp,
  leaving: Readonly<Record<string, LeavingBackend>>,
  fieldsMax: number,
  kept: KeptState,
): App {
  const compile = (name: string, backend: BackendConfig, removedMs: number | undefined) => {
    const state = kept.stateOf(config.app, name, backend.address);
    return compileBackend(name, backend, state, config.persistence.isOpaque, removedMs);
  };
  const backends = [
    ...Object.entries(config.backends).map(([name, backend]) => compile(name, backend, undefined)),
    ...Object.entries(leaving).map(([name, { config, sinceMs }]) => compile(name, config, sinceMs)),
  ];
  const traffic = kept.trafficOf(config.app);
  const app: App = {
    name: config.app,
    prefix: config.path,
    prefixLine: fieldLine("X-Forwarded-Prefix", config.path.slice(0, -1)),
    hostnames: config.hostnames,
    passthrough: config.passthrough,
    backends,
    drainRemovedMs: config.persistence.drainRemovedMs,
    balance: config.balance,
    cookie: compileCookie(config, backends),
    isPrefixStripped: config.rewrite.stripPrefix,
    isResponseRewritten: config.rewrite.responses,
    isHtmlRewritten: config.rewrite.html,
    isInsecureUpgraded: config.rewrite.upgradeInsecure,
    isCookieDomainFitted: config.rewrite.cookieDomain,
    hasForwarded: config.rewrite.forwarded,
    hasWebsocket: config.websocket,
    limits: { connectMs: config.timeouts.connectMs, serverMs: config.timeouts.serverMs, fieldsMax },
    tunnelMs: config.timeouts.tunnelMs,
    queueMs: config.timeouts.queueMs,
    queueMax: config.limits.queueMax,
    bodyBytesMax: config.limits.bodyBytesMax,
    isLimited: backends.some(({ sessionsMax }) => Number.isFinite(sessionsMax)),
    line: kept.lineOf(config.app, traffic),
    retries: compileRetries(config.retries),
    retryBudget: newRetryBudget(),
    observe: config.observe,
    check: config.check,
    backendTls: config.backendTls,
    clientPem: config.clientPem,
    choice: { backends: [], turn: 0 },
    traffic,
  };
  refreshChoice(app);
  return app;
}

/** State that outlives a reload. */
export type KeptState = {
  readonly stateOf: (appName: string, backendName: string, address: string) => BackendState;
  readonly trafficOf: (appName: string) => Traffic;
  readonly lineOf: (appName: string, traffic: Traffic) => Line;
};

/** To be called after the state of a backend has changed. */
export function refreshChoice(app: App): void {
  const open = app.backends.filter(({ state, removedMs }) => removedMs === undefined && isOpen(state));
  const active = open.filter((backend) => !backend.isBackup && weightOf(backend) > 0);
  // HAProxy without `allbackups`: the first backup alone, and only when no other backend is usable.
  const hasPrimary = open.some(({ isBackup }) => !isBackup);
  app.choice.backends = active.length > 0 || hasPrimary ? active : open.slice(0, 1);
  app.line.stir();
}

/** Backend of a key of {@link backendKey}, with its app. */
export function findBackend(apps: readonly App[], key: string): { app: App; backend: Backend } | undefined {
  const [name = ""] = key.split(" ", 1);
  const app = apps.find((candidate) => candidate.name === name);
  const backend = app?.backends.find(({ name, address }) => backendKey(app.name, name, address) === key);
  return app === undefined || backend === undefined ? undefined : { app, backend };
}

/** Whether anything can answer for the app (HAProxy's `nbsrv`). */
export function hasUsableBackend(app: App): boolean {
  return app.backends.some(({ state }) => isUsable(state));
}

function compileCookie(config: AppConfig, backends: readonly Backend[]): PersistenceCookie | undefined {
  const { kind, cookieName, isHttpOnly, isSecure, sameSite, maxIdleMs, maxLifeMs } = config.persistence;
  if (kind === "none") return undefined;
  const byValue = new Map<string, Backend[]>();
  for (const backend of backends) {
    if (backend.isCookieless) continue;
    const sharing = byValue.get(backend.cookieValue);
    if (sharing === undefined) byValue.set(backend.cookieValue, [backend]);
    else sharing.push(backend);
  }
  const httpOnly = isHttpOnly ? "; HttpOnly" : "";
  const site = sameSite === "none" ? "" : `; SameSite=${sameSite}`;
  return {
    name: cookieName ?? `SRVID_${config.app}`,
    attributes: `; path=/${httpOnly}${site}`,
    secureAttributes: `; path=/${httpOnly}${isSecure ? "; Secure" : ""}${site}`,
    backends: byValue,
    maxIdleS: (maxIdleMs ?? Number.POSITIVE_INFINITY) / 1_000,
    maxLifeS: (maxLifeMs ?? Number.POSITIVE_INFINITY) / 1_000,
  };
}
