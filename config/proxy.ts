import * as z from "zod";
import type { DocumentShape } from "./document.ts";
import { errorFiles } from "./error-file.ts";
import {
  addressWithPrefix,
  authoritiesPem,
  durationMs,
  flag,
  hostname,
  integer,
  ipAddress,
  name,
  oneOf,
  port,
  revocationsPem,
} from "./values.ts";

// What the proxy of one host does for all apps: where it listens, its certificates, limits, log. proxy.jsonl.

/**
 * Where the proxy listens.
 *
 * `https` serves the apps, `http` serves them in clear, `redirect` sends every request to https.
 */
const listener = z.strictObject({
  kind: oneOf(["https", "http", "redirect"]),
  /** Default: all addresses, so that the standby can be asked too. */
  address: ipAddress.optional(),
  port,
  /** Networks of proxies in front that say first who the client is (PROXY protocol, version 1 or 2), and of nobody else: other connections are refused. Default: nobody says it. */
  proxyProtocol: z.array(addressWithPrefix).min(1, { error: "at least 1 network" }).optional(),
  /** Status of a redirect. */
  status: z
    .union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)], { error: "301, 302, 307 or 308" })
    .default(308),
});

/** A certificate in tls/<name>.pem (chain and key); the first by name answers clients without SNI. */
const certificate = z.strictObject({
  hostnames: z.array(hostname).min(1, { error: "at least 1 hostname" }),
});

/** Certificates that clients of the https listeners are asked for; holds for connections that are made from then on. */
const clientCertificates = z.strictObject({
  /** `required`: no connection without one; `optional`: whoever proves none is served all the same. */
  mode: oneOf(["optional", "required"]),
  /** Authorities that issue them. */
  caPem: authoritiesPem,
  /** What they have revoked: with any list, each authority needs one that is not past its next update. Default: nothing is looked up. */
  crlPem: revocationsPem.optional(),
  /** Backends get X-SSL-Client-Verify (SUCCESS or NONE), -DN, -Serial and -Fingerprint; what clients say of that is never passed on. */
  forwardSubject: flag.default(false),
});

const tls = z.strictObject({
  versionMin: oneOf(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2"),
  /** How long a browser comes over https only once it has been here (Strict-Transport-Security), seconds; 0: not said. */
  hstsSeconds: integer(0, 100_000_000).default(0),
  /** The same for all names below the one asked for. */
  hstsSubdomains: flag.default(false),
  /** Default: nobody is asked. */
  clientCertificates: clientCertificates.optional(),
});

const URI = "a path that starts with /";
/** The stats page; the hash of its password is in secrets/stats-password. */
const stats = z.strictObject({
  port: port.default(8000),
  path: z
    .string({ error: URI })
    .regex(/^\/[A-Za-z0-9._~/-]{0,255}$/, { error: URI })
    .default("/stats"),
  user: z.string().regex(/^[!-9;-~]{1,64}$/, { error: "1..64 visible characters without :" }),
  realm: z
    .string()
    .regex(/^[ !#-[\]-~]{1,128}$/, { error: '1..128 characters without " and \\' })
    .default("lbpair stats"),
  refreshSeconds: integer(0, 3600).default(10),
});

const timeouts = z.strictObject({
  /** Longest silence of a client while its request is under way (HAProxy's `timeout client`). */
  clientMs: durationMs.default(50_000),
  /** From the first byte of a request to the end of its head (`timeout http-request`). */
  httpRequestMs: durationMs.default(10_000),
  /** Idle time between requests of a connection (`timeout http-keep-alive`). */
  httpKeepAliveMs: durationMs.default(60_000),
  /** Longest silence of a client that has been told the end of its connection (`timeout client-fin`). */
  clientFinMs: durationMs.default(2_000),
  /** Longest silence of a tunnel's backend whose client has ended its half (`timeout server-fin`). Default: as `clientFinMs`. */
  serverFinMs: durationMs.optional(),
  /** For listeners that are opened from then on. */
  tlsHandshakeMs: durationMs.default(5_000),
  /** How long a stopping daemon lets exchanges under way finish. */
  drainMs: durationMs.default(30_000),
  /** How long a daemon whose place a new release has taken lets its connections live on, tunnels among them. */
  replacedMs: durationMs.default(600_000),
});

const limits = z.strictObject({
  /** Connections in total (HAProxy's `maxconn`). */
  connectionsMax: integer(1, 1_000_000).default(20_000),
  /** Connections of one address, unless it is a trusted proxy. Default: no limit. */
  connectionsPerAddressMax: integer(1, 1_000_000).optional(),
  /**
   * Least that a client brings of a request's body, octets a second on average, beyond what `timeouts.clientMs` gives
   * it anyway; who is slower gets 408. 0: no such limit.
   */
  bodyBytesPerSecondMin: integer(0, 1_000_000).default(100),
  headBytesMax: integer(8_192, 262_144).default(16_384),
  fieldsMax: integer(16, 1_000).default(100),
});

const log = z.strictObject({
  /** Also Apache's `combined` and HAProxy's `httplog`. */
  access: oneOf(["json", "combined", "httplog", "off"]).default("json"),
  level: oneOf(["debug", "info", "warn", "error"]).default("info"),
});

const tracing = z.strictObject({
  /** X-Request-ID; in the access log as `requestId`. */
  requestId: flag.default(false),
  /** W3C traceparent. */
  traceparent: flag.default(false),
});

export const proxySchema = z.strictObject({
  /** Name of the host, as seen in stats, metrics and logs (HAProxy's `node`). */
  proxy: name,
  /** Proxies in front whose X-Forwarded-* fields are believed. */
  trustedProxies: z.array(addressWithPrefix).optional(),
  /** App that answers where no path matches; default, and as long as there is no such app: 404. */
  defaultApp: name.optional(),
  /** Send `/app1` to `/app1/` (308, query kept); otherwise it is 404. */
  redirectToSlash: flag.default(true),
  /** Responses to errors of the proxy's own, by status, in place of its pages (HAProxy's `errorfile`, as it is). */
  errorFiles: errorFiles.default({}),
  /** Fields that follow a request from program to program: one that the client gives is passed on, else one is made. */
  tracing: tracing.prefault({}),
  /** Processes that serve, 1..64; default: one per core. Takes effect when the daemon starts. */
  workers: integer(1, 64).optional(),
  tls: tls.prefault({}),
  stats: stats.optional(),
  timeouts: timeouts.prefault({}),
  limits: limits.prefault({}),
  log: log.prefault({}),
  listeners: z.record(name, listener),
  certificates: z.record(name, certificate).default({}),
});

export type ProxyInput = z.input<typeof proxySchema>;
export type ProxyConfig = z.output<typeof proxySchema>;

export const proxyDocument: DocumentShape<typeof proxySchema> = {
  kind: "proxy",
  schema: proxySchema,
  entries: { listeners: "listener", certificates: "certificate" },
};
