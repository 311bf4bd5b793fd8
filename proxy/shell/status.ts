import type { ProxyStatus } from "../../config/status.ts";
import type { Backend } from "../core/backend.ts";
import type { Table } from "../core/table.ts";
import type { Force } from "./force.ts";
import type { Prober } from "./prober.ts";

/** What the status socket says of a daemon. */
export function buildStatus(
  about: { readonly release: string; readonly runtime: string },
  { table, connections, requestsTotal, pids }: Force,
  prober: Prober,
  state: Pick<ProxyStatus, "hashes" | "lastReload" | "isServing" | "because">,
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
    apps: appsStatus(table, prober),
  };
}

function appsStatus({ apps }: Table, prober: Prober): ProxyStatus["apps"] {
  return Object.fromEntries(
    apps.map(({ name, prefix, backends }) => [
      name,
      { path: prefix, backends: Object.fromEntries(backends.map((backend) => [backend.name, of(backend, prober)])) },
    ]),
  );
}

function of(backend: Backend, prober: Prober): ProxyStatus["apps"][string]["backends"][string] {
  const report = prober.reportOf(backend);
  return {
    address: backend.address,
    state: backend.state.operator === "ready" ? (report?.state ?? "unchecked") : backend.state.operator,
    check: report?.code ?? "UNK",
    sinceMs: Math.round(report?.sinceMs ?? 0),
    sessions: backend.state.traffic.sessions,
    sessionsTotal: backend.state.traffic.sessionsTotal,
  };
}
