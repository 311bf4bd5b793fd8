import * as z from "zod";
import { backendTls, consistentBackendTls } from "./backend-tls.ts";
import type { DocumentShape } from "./document.ts";
import { durationMs, fieldValue, flag, hostname, hostPort, integer, name, oneOf, pathPrefix, token } from "./values.ts";

// One app: a path prefix and its backends. One file per app and host, apps.d/<app>.jsonl.
// Every default stands here and nowhere else: it is part of the product's contract.

/** How a backend is picked for a request that no cookie binds (HAProxy's `balance`). */
const balance = z.strictObject({
  /**
   * `roundrobin` takes turns by weight, `leastconn` the backend with the fewest requests, `random` the better of two
   * that are drawn, `hash` always the same backend for the same client, path or field.
   */
  algorithm: oneOf(["roundrobin", "leastconn", "random", "hash"]).default("roundrobin"),
  /** What `hash` goes by: the client's address, the path, or the value of `hashField`. */
  hashOn: oneOf(["source", "uri", "field"]).default("source"),
  hashField: token.optional(),
  /** Most requests of a backend with `hash`, percent of its part; what is more goes on to others. 0: no bound. */
  hashLoadPercent: integer(0, 1_000).default(150),
  /** Time in which a backend that came up again gets its full part, ms; 0: at once (`slowstart`). */
  slowStartMs: integer(0, 3_600_000).default(0),
});

/** A year. */
const COOKIE_AGE_MS_MAX = 31_536_000_000;

/** Which backend a browser stays with: HAProxy's `cookie NAME insert indirect nocache`. */
const persistence = z.strictObject({
  kind: oneOf(["cookie", "none"]).default("cookie"),
  /** Default `SRVID_<app>`: one name for all apps makes them overwrite each other's cookie. */
  cookieName: token.optional(),
  isHttpOnly: flag.default(true),
  isSecure: flag.default(true),
  /** Silence after which a session may be moved (`maxidle`), ms, kept to four seconds. Default: never. */
  maxIdleMs: integer(4_000, COOKIE_AGE_MS_MAX).optional(),
  /** Age at which a session may be moved whatever it does (`maxlife`), ms, kept to four seconds. Default: never. */
  maxLifeMs: integer(4_000, COOKIE_AGE_MS_MAX).optional(),
  /** Values are hashes in place of the backends' names; whoever knows the names can still tell them. */
  isOpaque: flag.default(false),
  /** How long sessions still go to a backend that the document no longer has, ms; 0: they move at once. */
  drainRemovedMs: integer(0, 86_400_000).default(60_000),
  /** `none` leaves the attribute out. */
  sameSite: oneOf(["Strict", "Lax", "None", "none"]).default("Lax"),
});

const BODY_TEXT = "1..1000 characters";

/** When a backend counts as usable (HAProxy's `option httpchk` and `check`). */
const check = z.strictObject({
  /** `tcp` connects only; `tls` also completes a handshake, and judges the certificate as `backendTls` says. */
  kind: oneOf(["http", "tcp", "tls", "none"]).default("http"),
  method: token.default("GET"),
  /** Version of HTTP that the request is in. */
  version: oneOf(["1.0", "1.1"]).default("1.1"),
  path: z
    .string()
    .regex(/^\/[!-~]{0,1023}$/, { error: "a path that starts with /" })
    .default("/"),
  /** Sent as Host; default: the backend's address. */
  host: hostname.optional(),
  userAgent: fieldValue.default("HAProxy"),
  statusMin: integer(100, 599).default(200),
  statusMax: integer(100, 599).default(399),
  /** Further fields of the request. */
  headers: z.record(token, fieldValue).default({}),
  /** Text that the response's body has to have within its first 64 KiB, beside a status that is well. Default: any. */
  bodyIncludes: z.string().min(1, { error: BODY_TEXT }).max(1_000, { error: BODY_TEXT }).optional(),
  intervalMs: durationMs.default(2_000),
  /** Interval while the outcome is in doubt: first checks, going up, going down. */
  fastIntervalMs: durationMs.default(1_000),
  downIntervalMs: durationMs.optional(),
  timeoutMs: durationMs.default(2_000),
  rise: integer(1, 100).default(2),
  fall: integer(1, 100).default(2),
  /**
   * What a backend counts as before its first check (`init-state`): the first that fails takes one that is `up` out,
   * the first that passes takes one that is `down` in; `fullyUp` and `fullyDown` are left after `fall` and `rise`.
   */
  initialState: oneOf(["fullyUp", "up", "down", "fullyDown"]).default("up"),
  /** What becomes of a backend's requests and tunnels under way when the checks take it out (`on-marked-down`). */
  onMarkedDown: oneOf(["keepSessions", "shutdownSessions"]).default("keepSessions"),
  /** Random part of each interval, so that many backends are not asked at once, percent. */
  spreadPercent: integer(0, 50).default(5),
});

const timeouts = z.strictObject({
  connectMs: durationMs.default(5_000),
  /** Longest silence of a backend while a response is expected or under way. */
  serverMs: durationMs.default(50_000),
  /** Longest silence on a connection that has changed to WebSocket, in both directions together (`timeout tunnel`). */
  tunnelMs: durationMs.default(3_600_000),
  /** Longest wait for a backend that has a session to spare (`timeout queue`). */
  queueMs: durationMs.default(5_000),
});

/** Statuses after which a request may be tried again (HAProxy's list for `retry-on`). */
const RETRIED_STATUSES = [401, 403, 404, 408, 421, 425, 429, 500, 501, 502, 503, 504];
const RETRIED_STATUS = `one of ${RETRIED_STATUSES.join(", ")}`;

const limits = z.strictObject({
  /** Octets of a request's body; more are 413. Default: 1 GiB. */
  bodyBytesMax: integer(0, 1_000_000_000_000).default(1_073_741_824),
  /** Requests that wait for a backend; more are 503. */
  queueMax: integer(0, 100_000).default(1_000),
});

/**
 * When a request is tried again, each time on another backend where there is one.
 *
 * A connection that failed is always reason enough. The others are opt-in, and only for idempotent requests without a
 * body: who knows what the backend did.
 */
const retries = z.strictObject({
  /** Further attempts for one request. */
  attemptsMax: integer(0, 10).default(3),
  /** No response at all, one that can't be read, none in time (HAProxy's `retry-on`). */
  on: z.array(oneOf(["emptyResponse", "junkResponse", "responseTimeout"])).default([]),
  statuses: z
    .array(z.int().refine((status) => RETRIED_STATUSES.includes(status), { error: RETRIED_STATUS }))
    .default([]),
  /**
   * Most retries of an app in ten seconds, percent of its requests, beyond the first hundred.
   *
   * Each worker keeps its own account: it has an even part of the requests, so that the percentage comes out the same.
   */
  budgetPercent: integer(0, 1_000).default(100),
});

/**
 * What is learnt about backends from the requests they serve (HAProxy's `observe`, `error-limit`, `on-error`).
 *
 * Without checks nothing is: a backend that was taken out would never come back.
 */
const observe = z.strictObject({
  /** `layer4` counts connections that failed; `layer7` also responses outside of 100..499, 501 and 505, or none. */
  layer: oneOf(["none", "layer4", "layer7"]).default("layer4"),
  /** Errors in a row that lead to `onError`. */
  errorLimit: integer(1, 10_000).default(10),
  /** `failCheck` counts as a failed check, after which the next comes at once; `markDown` takes the backend out. */
  onError: oneOf(["failCheck", "markDown"]).default("failCheck"),
});

const rewrite = z.strictObject({
  /** The app sees `/x` for `/app1/x`. */
  stripPrefix: flag.default(true),
  /** Put the prefix back into Location, Content-Location, Refresh, Link and the Path of Set-Cookie. */
  responses: flag.default(true),
  /** Also rewrite links in HTML pages; the app is asked for them uncompressed. */
  html: flag.default(false),
  /** Tell browsers to load what pages on https name by http over https too (CSP upgrade-insecure-requests). */
  upgradeInsecure: flag.default(false),
  /** Take a cookie's Domain out when the name that the browser asked for does not lie within: it would refuse it. */
  cookieDomain: flag.default(false),
  /** Send the backends Forwarded (RFC 7239) beside X-Forwarded-*. */
  forwarded: flag.default(false),
});

/** One server of an app. */
export const backendSchema = z.strictObject({
  address: hostPort,
  /** Share of new sessions relative to the app's other backends; 0: only those that a cookie binds. */
  weight: integer(0, 256).default(1),
  /** Used only when no other backend is usable. */
  isBackup: flag.default(false),
  /** Cookie value; default: the backend's name. */
  cookieValue: token.optional(),
  /** No session is bound to it: a browser's cookie is taken back when it answers. For a backup that says sorry. */
  isCookieless: flag.default(false),
  /** Most requests at once (HAProxy's `maxconn` of a server), of a host; others wait. Default: no limit. */
  sessionsMax: integer(1, 1_000_000).optional(),
});

const BACKENDS_MAX = 10_000;
const BACKENDS = `1..${BACKENDS_MAX} backends`;

/** Backends by name. */
export function backendsOf<S extends z.ZodType>(backend: S) {
  return z.record(name, backend).refine((map) => sizeOf(map) >= 1 && sizeOf(map) <= BACKENDS_MAX, { error: BACKENDS });
}

export const appSchema = z.strictObject({
  app: name,
  path: pathPrefix,
  /** Only for requests to these names; default: any. */
  hostnames: z.array(hostname).min(1, { error: "at least 1 hostname" }).optional(),
  /** Connections may change to WebSocket; every other Upgrade is ignored, and not passed on. */
  websocket: flag.default(true),
  balance: balance.prefault({}),
  persistence: persistence.prefault({}),
  backendTls: consistentBackendTls(backendTls).optional(),
  check: check.prefault({}),
  timeouts: timeouts.prefault({}),
  limits: limits.prefault({}),
  retries: retries.prefault({}),
  observe: observe.prefault({}),
  rewrite: rewrite.prefault({}),
  backends: backendsOf(backendSchema),
});

/** What a writer gives. */
export type AppInput = z.input<typeof appSchema>;
/** What a daemon works with: every default filled in. */
export type AppConfig = z.output<typeof appSchema>;
export type BackendConfig = z.output<typeof backendSchema>;
export type CheckConfig = z.output<typeof check>;
export type ObserveConfig = z.output<typeof observe>;

export const appDocument: DocumentShape<typeof appSchema> = {
  kind: "app",
  schema: appSchema,
  entries: { backends: "backend" },
};

function sizeOf(map: object): number {
  return Object.keys(map).length;
}
