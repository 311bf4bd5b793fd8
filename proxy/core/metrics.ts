import { HANDSHAKE_FAULTS } from "./handshake.ts";
import type { StatsRow, StatsSnapshot } from "./stats.ts";

// Prometheus text format 0.0.4. Counters of listeners, apps and backends have
// different names, so that nobody adds up a request three times.

type Metric = {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly value: (row: StatsRow) => number;
  readonly kinds: readonly StatsRow["kind"][];
};

const PREFIX: Readonly<Record<StatsRow["kind"], string>> = {
  listener: "lbpair_listener",
  app: "lbpair_app",
  backend: "lbpair_backend",
};
const ALL = ["listener", "app", "backend"] as const;
const UPSTREAM = ["app", "backend"] as const;

const METRICS: readonly Metric[] = [
  {
    name: "up",
    type: "gauge",
    help: "1 when requests can be served",
    value: ({ isUp }) => (isUp ? 1 : 0),
    kinds: UPSTREAM,
  },
  { name: "sessions", type: "gauge", help: "Under way", value: ({ traffic }) => traffic.sessions, kinds: ALL },
  { name: "sessions_total", type: "counter", help: "Begun", value: ({ traffic }) => traffic.sessionsTotal, kinds: ALL },
  { name: "requests_total", type: "counter", help: "Ended", value: ({ traffic }) => traffic.requestsTotal, kinds: ALL },
  {
    name: "received_bytes_total",
    type: "counter",
    help: "Request bodies",
    value: ({ traffic }) => traffic.bytesIn,
    kinds: ALL,
  },
  {
    name: "sent_bytes_total",
    type: "counter",
    help: "Responses",
    value: ({ traffic }) => traffic.bytesOut,
    kinds: ALL,
  },
  { name: "queued", type: "gauge", help: "Waiting", value: ({ traffic }) => traffic.queued, kinds: UPSTREAM },
  {
    name: "denied_total",
    type: "counter",
    help: "Turned away by a limit",
    value: ({ traffic }) => traffic.denied,
    kinds: ["listener", "app"],
  },
  ...(["queue", "connect", "response", "total"] as const).map(
    (phase): Metric => ({
      name: `${phase}_milliseconds_total`,
      type: "counter",
      help: `Time of all requests: ${phase}`,
      value: ({ traffic }) => Math.round(traffic[`${phase}Ms`]),
      kinds: UPSTREAM,
    }),
  ),
  {
    name: "request_errors_total",
    type: "counter",
    help: "Refused or aborted",
    value: ({ traffic }) => traffic.requestErrors,
    kinds: ["listener"],
  },
  {
    name: "connect_errors_total",
    type: "counter",
    help: "Connections that failed",
    value: ({ traffic }) => traffic.connectErrors,
    kinds: UPSTREAM,
  },
  {
    name: "response_errors_total",
    type: "counter",
    help: "Responses that failed",
    value: ({ traffic }) => traffic.responseErrors,
    kinds: UPSTREAM,
  },
  {
    name: "retries_total",
    type: "counter",
    help: "Attempts repeated",
    value: ({ traffic }) => traffic.retries,
    kinds: UPSTREAM,
  },
  {
    name: "redispatches_total",
    type: "counter",
    help: "Attempts moved to another backend",
    value: ({ traffic }) => traffic.redispatches,
    kinds: UPSTREAM,
  },
  {
    name: "checks_failed_total",
    type: "counter",
    help: "Checks failed",
    value: ({ check }) => check?.failures ?? 0,
    kinds: ["backend"],
  },
];

/** The snapshot for Prometheus. */
export function renderMetrics(snapshot: StatsSnapshot): string {
  const { hostName, release, runtime, uptimeMs, connections, droppedLines, rows } = snapshot;
  const lines = [
    ...head("lbpair_info", "gauge", "The daemon"),
    `lbpair_info${labels({ host: hostName, release, runtime })} 1`,
    ...head("lbpair_uptime_seconds", "gauge", "Since the start"),
    `lbpair_uptime_seconds ${Math.floor(uptimeMs / 1_000)}`,
    ...head("lbpair_connections", "gauge", "Client connections open"),
    `lbpair_connections ${connections}`,
    ...head(
      "lbpair_access_log_dropped_lines_total",
      "counter",
      "Lines of the access log that its reader left no room for",
    ),
    `lbpair_access_log_dropped_lines_total ${droppedLines}`,
    ...certificateLines(snapshot),
    ...revocationLines(snapshot),
  ];
  for (const kind of ALL) {
    const ofKind = rows.filter((row) => row.kind === kind);
    if (ofKind.length === 0) continue;
    for (const metric of METRICS.filter(({ kinds }) => kinds.includes(kind)))
      lines.push(...metricLines(metric, kind, ofKind));
    lines.push(...responseLines(kind, ofKind));
    if (kind === "listener") lines.push(...handshakeLines(ofKind));
  }
  return `${lines.join("\n")}\n`;
}

/** Absolute, so that an alert compares it with the time of its own clock. */
function certificateLines({ certificates }: StatsSnapshot): string[] {
  const name = "lbpair_certificate_expiry_timestamp_seconds";
  if (certificates.length === 0) return [];
  return [
    ...head(name, "gauge", "End of a certificate, since 1970"),
    ...certificates.flatMap(({ name: certificate, hostnames, app, endMs }) => {
      const uses = app === undefined ? hostnames.map((hostname) => ({ hostname })) : [{ app }];
      return uses.map((use) => `${name}${labels({ name: certificate, ...use })} ${Math.floor(endMs / 1_000)}`);
    }),
  ];
}

function revocationLines({ revocationLists }: StatsSnapshot): string[] {
  const name = "lbpair_revocation_list_expiry_timestamp_seconds";
  const ending = revocationLists.filter(({ endMs }) => endMs !== Number.POSITIVE_INFINITY);
  if (ending.length === 0) return [];
  return [
    ...head(name, "gauge", "End of a list of revoked client certificates, since 1970"),
    ...ending.map(({ issuer, endMs }) => `${name}${labels({ issuer })} ${Math.floor(endMs / 1_000)}`),
  ];
}

function metricLines(metric: Metric, kind: StatsRow["kind"], rows: readonly StatsRow[]): string[] {
  const name = `${PREFIX[kind]}_${metric.name}`;
  return [
    ...head(name, metric.type, metric.help),
    ...rows.map((row) => `${name}${labels(labelsOf(row))} ${metric.value(row)}`),
  ];
}

function responseLines(kind: StatsRow["kind"], rows: readonly StatsRow[]): string[] {
  const name = `${PREFIX[kind]}_responses_total`;
  const classes = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];
  return [
    ...head(name, "counter", "Responses by class of status"),
    ...rows.flatMap((row) =>
      classes.map((code, digit) => `${name}${labels({ ...labelsOf(row), code })} ${row.traffic.responses[digit] ?? 0}`),
    ),
  ];
}

/** All reasons, so that an alert finds its own before it has come for the first time; listeners without TLS have none. */
function handshakeLines(rows: readonly StatsRow[]): string[] {
  const name = "lbpair_listener_handshakes_failed_total";
  const overTls = rows.filter(({ certificateEndMs }) => certificateEndMs !== undefined);
  if (overTls.length === 0) return [];
  return [
    ...head(name, "counter", "TLS handshakes that failed, by reason"),
    ...overTls.flatMap((row) =>
      HANDSHAKE_FAULTS.map(
        (reason, position) => `${name}${labels({ ...labelsOf(row), reason })} ${row.traffic.handshakes[position] ?? 0}`,
      ),
    ),
  ];
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function labelsOf({ kind, group, name }: StatsRow): Record<string, string> {
  switch (kind) {
    case "listener":
      return { listener: group };
    case "app":
      return { app: group };
    case "backend":
      return { app: group, backend: name };
  }
}

function labels(pairs: Readonly<Record<string, string>>): string {
  const texts = Object.entries(pairs).map(([key, value]) => `${key}="${value.replace(/["\\\n]/g, "_")}"`);
  return `{${texts.join(",")}}`;
}
