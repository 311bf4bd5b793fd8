import type { Input } from "@pulumi/pulumi";
import type { LoadBalancerHandle } from "./handle.ts";
import type { HealthCheckArgs } from "./health-check.ts";
import type { Json } from "./json.ts";
import type { CertificateArgs, TlsVersion } from "./site.ts";

/** An app: a path prefix of the pair and the backends behind it. */
export interface ProxiedAppArgs extends AppArgs {
  /** The pair that serves the app: `edge` in TypeScript, `edge.handle` elsewhere and across stacks. */
  loadBalancer: Input<LoadBalancerHandle>;
  /** Name of the app on the hosts, in stats and in its cookie. Default: the resource's name. */
  app?: Input<string>;
}

/** An app of a pair, whatever its name: a path prefix and the backends behind it. */
export interface AppArgs {
  /** Path prefix with slashes at both ends. Example: `"/app1/"`. */
  path: Input<string>;
  /** The servers of the app, by name. Example: `{ web1: { address: "203.0.113.21:80" } }`. */
  backends: Input<{ [name: string]: Input<BackendArgs> }>;
  /** The app answers only for these names. Default: for any. */
  hostnames?: Input<Input<string>[]>;
  /** Whether connections may change to WebSocket; no other change of protocol is passed on. Default: true. */
  websocket?: Input<boolean>;
  /** How a backend is picked for a new session. */
  balance?: Input<BalanceArgs>;
  /** How a session stays with its backend. */
  persistence?: Input<PersistenceArgs>;
  /** TLS to the backends, and what they must prove. Default: they are asked in clear. */
  backendTls?: Input<BackendTlsArgs>;
  /** When a backend counts as usable. */
  check?: Input<HealthCheckArgs>;
  /** Waiting times towards backends. */
  timeouts?: Input<BackendTimeoutsArgs>;
  /** Upper bounds that protect the app. */
  limits?: Input<AppLimitsArgs>;
  /** What happens when a backend can't be reached. */
  retries?: Input<RetriesArgs>;
  /** What is learnt about backends from the requests they serve. */
  observe?: Input<ObserveArgs>;
  /** How the prefix is taken from requests and put back into responses. */
  rewrite?: Input<RewriteArgs>;
  /** Settings that go into the app's document as they are, over what the args say; the hosts' own binary judges them. Default: nothing. Example: `{ check: { rise: 3 } }`. */
  rawSettings?: Input<{ [field: string]: Json }>;
}

/** One server of an app: give `server` or `address`. */
export interface BackendArgs {
  /** A BackendServer. Default: none, `address` says where it is. */
  server?: Input<BackendReferenceArgs>;
  /** Address and port. Default: those of `server`. Example: `"203.0.113.21:80"`. */
  address?: Input<string>;
  /** Share of new sessions relative to the other backends, 0 to 256; 0: only sessions that are bound to it. Default: 1. */
  weight?: Input<number>;
  /** Whether it is used only when no other backend is usable. Default: false. */
  isBackup?: Input<boolean>;
  /** Its value in the cookie. Default: its name. */
  cookieValue?: Input<string>;
  /** Whether no session is bound to it; a browser's cookie is taken back when it answers. Default: false. */
  isCookieless?: Input<boolean>;
  /** Most requests at once; others wait for `timeouts.queueMs`. Default: no limit. */
  sessionsMax?: Input<number>;
}

/** TLS to the backends of an app. */
export interface BackendTlsArgs {
  /** `"system"`: a certificate of an authority that the hosts trust; `"ca"`: of one in `caPem`; `"none"`: any, which keeps out listeners only. Default: `"system"`. */
  verify?: Input<BackendVerification>;
  /** Authorities for `"ca"`, PEM. Default: none. */
  caPem?: Input<string>;
  /** Name that is asked for (SNI) and that the certificate must have. Default: the backend's own, or its address. */
  serverName?: Input<string>;
  /** Default: `"TLSv1.2"`. */
  versionMin?: Input<TlsVersion>;
  /** What backends get that ask for a certificate, health checks included. Default: none. */
  clientCertificate?: Input<CertificateArgs>;
}

/** Upper bounds that protect the app. */
export interface AppLimitsArgs {
  /** Size of a request's body, bytes; more are answered with 413. Default: 1073741824. */
  bodyBytesMax?: Input<number>;
  /** Requests that wait for a backend, on a host; more are answered with 503. Default: 1000. */
  queueMax?: Input<number>;
}

/** What an app needs to know of a BackendServer. */
export interface BackendReferenceArgs {
  /** Address and port. Example: `"203.0.113.21:80"`. */
  address: Input<string>;
}

/** How a backend is picked for a new session. */
export interface BalanceArgs {
  /** Default: `"roundrobin"`. */
  algorithm?: Input<BalanceAlgorithm>;
  /** What `"hash"` goes by: the client's address, the path, or the value of `hashField`. Default: `"source"`. */
  hashOn?: Input<HashBase>;
  /** Name of a request field, for `hashOn: "field"` and only then. Default: none. Example: `"X-Tenant"`. */
  hashField?: Input<string>;
  /** Most requests of a backend with `"hash"`, percent of its part; what is more goes on to others. 0: no bound. Default: 150. */
  hashLoadPercent?: Input<number>;
  /** Time in which a backend that came up again gets its full part, milliseconds; 0: at once. Default: 0. */
  slowStartMs?: Input<number>;
}

/** How a session stays with its backend. */
export interface PersistenceArgs {
  /** Default: `"cookie"`. */
  kind?: Input<PersistenceKind>;
  /** Name of the cookie. Default: `SRVID_` and the app's name, so that apps don't overwrite each other's. */
  cookieName?: Input<string>;
  /** Whether scripts in the browser are kept from it. Default: true. */
  isHttpOnly?: Input<boolean>;
  /** Whether browsers send it over https only. Default: true. */
  isSecure?: Input<boolean>;
  /** Silence after which a session may be moved to another backend, milliseconds. Default: never. */
  maxIdleMs?: Input<number>;
  /** Age at which a session may be moved whatever it does, milliseconds. Default: never. */
  maxLifeMs?: Input<number>;
  /** Whether its values are hashes in place of the backends' names. Default: false. */
  isOpaque?: Input<boolean>;
  /** How long sessions still go to a backend that was taken out of `backends`, as long as it is healthy, milliseconds; 0: they move at once. Default: 60000. */
  drainRemovedMs?: Input<number>;
  /** Its SameSite attribute; `"none"` leaves it out. Default: `"Lax"`. */
  sameSite?: Input<SameSite>;
}

/** Waiting times towards backends, milliseconds. */
export interface BackendTimeoutsArgs {
  /** For a connection. Default: 5000. */
  connectMs?: Input<number>;
  /** Longest silence of a backend while a response is expected or under way. Default: 50000. */
  serverMs?: Input<number>;
  /** Longest silence on a connection that has changed to WebSocket. Default: 3600000. */
  tunnelMs?: Input<number>;
  /** Longest wait for a backend that has a session to spare. Default: 5000. */
  queueMs?: Input<number>;
}

/** What happens when a backend can't be reached. */
export interface RetriesArgs {
  /** Further attempts, each on another backend where there is one. Default: 3. */
  attemptsMax?: Input<number>;
  /** What else than a connection that failed is reason to try again, for idempotent requests without a body. Default: nothing. Example: `["emptyResponse"]`. */
  on?: Input<Input<RetryReason>[]>;
  /** Statuses after which such requests are tried again: 401, 403, 404, 408, 421, 425, 429, 500 to 504. Default: none. Example: `[503]`. */
  statuses?: Input<Input<number>[]>;
  /** Most retries of the app in ten seconds, percent of its requests, beyond the first hundred, on each worker of a host. Default: 100. */
  budgetPercent?: Input<number>;
}

/** What is learnt about backends from the requests they serve. */
export interface ObserveArgs {
  /** `"layer4"` counts connections that failed, `"layer7"` also responses outside of 100 to 499, 501 and 505, or none. Default: `"layer4"`. */
  layer?: Input<ObservedLayer>;
  /** Errors in a row that lead to `onError`. Default: 10. */
  errorLimit?: Input<number>;
  /** `"failCheck"` counts as a failed check, after which the next comes at once; `"markDown"` takes the backend out. Default: `"failCheck"`. */
  onError?: Input<ErrorConsequence>;
}

/** How the prefix is taken from requests and put back into responses. */
export interface RewriteArgs {
  /** Whether the app sees `/x` for `/app1/x`. Default: true. */
  stripPrefix?: Input<boolean>;
  /** Whether the prefix is put back into Location, Content-Location, Refresh, Link and the Path of cookies (but for `__Host-` ones, which browsers want at the root). Default: true. */
  responses?: Input<boolean>;
  /** Whether links in HTML pages are rewritten too; the app is asked for them uncompressed. Default: false. */
  html?: Input<boolean>;
  /** Whether browsers are told to load over https what pages name by http. Default: false. */
  upgradeInsecure?: Input<boolean>;
  /** Whether a cookie's Domain is taken out when the name that the browser asked for does not lie within. Default: false. */
  cookieDomain?: Input<boolean>;
  /** Whether backends get `Forwarded` (RFC 7239) beside `X-Forwarded-*`. Default: false. */
  forwarded?: Input<boolean>;
}

/** Ways to pick a backend. */
export const BalanceAlgorithm = {
  RoundRobin: "roundrobin",
  LeastConnections: "leastconn",
  Random: "random",
  Hash: "hash",
} as const;
export type BalanceAlgorithm = (typeof BalanceAlgorithm)[keyof typeof BalanceAlgorithm];

/** What a hash goes by. */
export const HashBase = { Source: "source", Uri: "uri", Field: "field" } as const;
export type HashBase = (typeof HashBase)[keyof typeof HashBase];

/** Ways to keep a session with its backend. */
export const PersistenceKind = { Cookie: "cookie", None: "none" } as const;
export type PersistenceKind = (typeof PersistenceKind)[keyof typeof PersistenceKind];

/** SameSite attributes of a cookie. */
export const SameSite = { Strict: "Strict", Lax: "Lax", None: "None", Omitted: "none" } as const;
export type SameSite = (typeof SameSite)[keyof typeof SameSite];

/** Reasons to try a request again. */
export const RetryReason = {
  EmptyResponse: "emptyResponse",
  JunkResponse: "junkResponse",
  ResponseTimeout: "responseTimeout",
} as const;
export type RetryReason = (typeof RetryReason)[keyof typeof RetryReason];

/** What of the traffic with a backend is watched. */
export const ObservedLayer = { None: "none", Layer4: "layer4", Layer7: "layer7" } as const;
export type ObservedLayer = (typeof ObservedLayer)[keyof typeof ObservedLayer];

/** What follows from errors in a row. */
export const ErrorConsequence = { FailCheck: "failCheck", MarkDown: "markDown" } as const;
export type ErrorConsequence = (typeof ErrorConsequence)[keyof typeof ErrorConsequence];

/** What a backend must prove. */
export const BackendVerification = { System: "system", Ca: "ca", None: "none" } as const;
export type BackendVerification = (typeof BackendVerification)[keyof typeof BackendVerification];
