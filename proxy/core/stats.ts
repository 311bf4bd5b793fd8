import type { App } from "./app.ts";
import { type Backend, isUsable, rampOf, weightOf } from "./backend.ts";
import { currentRate, type Traffic } from "./traffic.ts";

// What the stats page, its CSV and the metrics show: one snapshot, three renderers.

/** What is known of a backend's checks (shell/prober.ts). */
export type CheckReport = {
  readonly text: string;
  readonly code: string;
  readonly status: number;
  readonly durationMs: number;
  readonly sinceMs: number;
  readonly failures: number;
  readonly suspicions: number;
  readonly downs: number;
  readonly downtimeMs: number;
};

/** One line of the tables: a listener, a backend, or an app as a whole. */
export type StatsRow = {
  readonly group: string;
  readonly name: string;
  readonly kind: "listener" | "backend" | "app";
  readonly traffic: Traffic;
  readonly rate: number;
  readonly isUp: boolean;
  /** `OPEN`, `UP`, `UP 1/2`, `DOWN`, `no check`. */
  readonly status: string;
  readonly weight: number;
  readonly active: number;
  readonly backup: number;
  readonly sessionsLimit: number | undefined;
  readonly queueLimit: number | undefined;
  /** How long a backend that its app's document has lost still takes bound sessions; undefined: it is there. */
  readonly leavesInMs: number | undefined;
  /** Part of its weight that a backend has while it starts slowly; undefined: all. */
  readonly throttlePercent: number | undefined;
  readonly check: CheckReport | undefined;
  readonly address: string;
  readonly cookie: string;
  /** HAProxy's word: `tcp` for what is carried as it is. */
  readonly mode: "http" | "tcp";
  /** Of a listener over TLS: when the first of its certificates ends, ms since 1970. */
  readonly certificateEndMs?: number;
};

/** A certificate, as far as it is counted. */
export type CertificateRow = {
  readonly name: string;
  readonly hostnames: readonly string[];
  /** App that shows it to its backends; undefined: clients see it. */
  readonly app: string | undefined;
  readonly endMs: number;
};

/** What an authority of clients' certificates has revoked. */
export type RevocationRow = {
  readonly issuer: string;
  /** When it ends and from when on that is alarming, ms since 1970; infinite when it does not. */
  readonly endMs: number;
  readonly warnedMs: number;
};

export type StatsSnapshot = {
  readonly hostName: string;
  readonly release: string;
  readonly runtime: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly connections: number;
  readonly connectionsMax: number;
  /** Lines of the access log that nobody took. */
  readonly droppedLines: number;
  readonly rows: readonly StatsRow[];
  readonly certificates: readonly CertificateRow[];
  readonly revocationLists: readonly RevocationRow[];
  /** Since 1970. */
  readonly epochMs: number;
};

/** Rows of listeners, then of each app: its backends, then itself. */
export function buildRows(
  listeners: ReadonlyMap<string, Traffic>,
  apps: readonly App[],
  connectionsMax: number,
  reportOf: (backend: Backend) => CheckReport | undefined,
  nowMs: number,
): StatsRow[] {
  return [
    ...[...listeners].map(([name, traffic]) => listenerRow(name, traffic, connectionsMax, nowMs)),
    ...apps.flatMap((app) => [
      ...app.backends.map((backend) => backendRow(app, backend, reportOf(backend), nowMs)),
      appRow(app, nowMs),
    ]),
  ];
}

const NOT_CHECKED = { check: undefined, address: "", cookie: "", throttlePercent: undefined, leavesInMs: undefined };

function listenerRow(name: string, traffic: Traffic, sessionsLimit: number, nowMs: number): StatsRow {
  const rate = currentRate(traffic, nowMs);
  const counts = { weight: 0, active: 0, backup: 0, sessionsLimit, queueLimit: undefined };
  return {
    group: name,
    name: "FRONTEND",
    kind: "listener",
    traffic,
    rate,
    isUp: true,
    status: "OPEN",
    ...counts,
    ...NOT_CHECKED,
    mode: "http",
  };
}

function backendRow(app: App, backend: Backend, check: CheckReport | undefined, nowMs: number): StatsRow {
  const { traffic } = backend.state;
  return {
    group: app.name,
    name: backend.name,
    kind: "backend",
    traffic,
    rate: currentRate(traffic, nowMs),
    isUp: isUsable(backend.state),
    status: backendStatus(backend, check),
    weight: weightOf(backend),
    active: backend.isBackup ? 0 : 1,
    backup: backend.isBackup ? 1 : 0,
    sessionsLimit: Number.isFinite(backend.sessionsMax) ? backend.sessionsMax : undefined,
    queueLimit: undefined,
    leavesInMs: leavesInMs(app, backend, nowMs),
    throttlePercent: throttleOf(app, backend, nowMs),
    check,
    address: backend.address,
    cookie: app.cookie === undefined ? "" : backend.cookieValue,
    mode: modeOf(app),
  };
}

function throttleOf({ balance }: App, backend: Backend, nowMs: number): number | undefined {
  if (balance.slowStartMs === 0) return undefined;
  const percent = Math.floor(rampOf(backend, balance.slowStartMs, nowMs) * 100);
  return percent < 100 ? percent : undefined;
}

/** How long a backend that its document has lost is still there. */
export function leavesInMs({ drainRemovedMs }: App, { removedMs }: Backend, nowMs: number): number | undefined {
  return removedMs === undefined ? undefined : Math.max(0, Math.round(removedMs + drainRemovedMs - nowMs));
}

/** HAProxy's words: an operator's stand before those of the checks. */
function backendStatus({ state, removedMs }: Backend, check: CheckReport | undefined): string {
  if (state.operator === "maint") return "MAINT";
  const isDraining = state.operator === "drain" || removedMs !== undefined;
  return isDraining && state.isUp ? "DRAIN" : (check?.text ?? "no check");
}

function appRow(app: App, nowMs: number): StatsRow {
  const usable = app.backends.filter(({ state, removedMs }) => removedMs === undefined && isUsable(state));
  const serving = usable.filter(({ isBackup }) => !isBackup);
  return {
    group: app.name,
    name: "BACKEND",
    kind: "app",
    traffic: app.traffic,
    rate: currentRate(app.traffic, nowMs),
    isUp: usable.length > 0,
    status: usable.length > 0 ? "UP" : "DOWN",
    weight: serving.reduce((sum, backend) => sum + weightOf(backend), 0),
    active: serving.length,
    backup: usable.length - serving.length,
    sessionsLimit: undefined,
    queueLimit: app.isLimited ? app.queueMax : undefined,
    ...NOT_CHECKED,
    cookie: app.cookie?.name ?? "",
    mode: modeOf(app),
  };
}

function modeOf({ passthrough }: App): StatsRow["mode"] {
  return passthrough === undefined ? "http" : "tcp";
}
