import type { ProxyStatus } from "../../config/status.ts";
import type { App } from "../core/app.ts";
import type { Backend } from "../core/backend.ts";
import { handshakeFaults } from "../core/handshake.ts";
import type { Leaving } from "../core/leaving.ts";
import { leavesInMs } from "../core/stats.ts";
import type { Table } from "../core/table.ts";
import type { Force } from "./force.ts";
import type { Prober } from "./prober.ts";
import type { Validity } from "./validity.ts";

/** What the status socket says of a daemon. */
export function buildStatus(
  about: { readonly release: string; readonly runtime: string; readonly apps?: readonly string[] | undefined },
  { table, connections, requestsTotal, pids, listenerTraffic }: Force,
  prober: Prober,
  leaving: Leaving,
  state: Pick<ProxyStatus, "hashes" | keyof Validity | "lastReload" | "isServing" | "because">,
): ProxyStatus {
  return {
    daemon: "proxy",
    name: table.proxy.proxy,
    release: about.release,
    runtime: about.runtime,
    pid: process.pid,
    workers: [...pids],
    uptimeMs: Math.round(process.uptime() * 1_000),
    ...state,
    connections,
    requestsTotal,
    handshakesFailed: Object.fromEntries(
      [...listenerTraffic]
        .filter(([, { handshakes }]) => handshakes.length > 0)
        .map(([name, { handshakes }]) => [name, handshakeFaults(handshakes)]),
    ),
    apps: appsStatus(
      table.apps.filter(({ name }) => about.apps?.includes(name) ?? true),
      prober,
      leaving,
    ),
  };
}

type BackendStatus = ProxyStatus["apps"][string]["backends"][string];

function appsStatus(apps: Table["apps"], prober: Prober, leaving: Leaving): ProxyStatus["apps"] {
  return Object.fromEntries(
    apps.map((app) => {
      const backends = app.backends.map((backend) => [
        backend.name,
        { ...of(backend, prober), ...removalOf(app, backend, leaving) },
      ]);
      const path = app.passthrough === undefined ? app.prefix : (app.hostnames ?? []).join(" ");
      return [app.name, { path, backends: Object.fromEntries(backends) }];
    }),
  );
}

function of(backend: Backend, prober: Prober): BackendStatus {
  const report = prober.reportOf(backend);
  const { operator, traffic, isUp, weight } = backend.state;
  const isLeaving = backend.removedMs !== undefined && isUp;
  return {
    address: backend.address,
    state: operator !== "ready" ? operator : isLeaving ? "drain" : (report?.state ?? "unchecked"),
    operator,
    ...(weight === undefined ? {} : { weight }),
    check: report?.code ?? "UNK",
    sinceMs: Math.round(report?.sinceMs ?? 0),
    sessions: traffic.sessions,
    sessionsTotal: traffic.sessionsTotal,
  };
}

function removalOf(app: App, backend: Backend, leaving: Leaving): Pick<BackendStatus, "removed"> {
  const nowMs = performance.now();
  const left = leaving[app.name]?.[backend.name];
  const inMs = leavesInMs(app, backend, nowMs);
  if (left === undefined || inMs === undefined) return {};
  return { removed: { sinceMs: Math.round(nowMs - left.sinceMs), leavesInMs: inMs, document: left.config } };
}
