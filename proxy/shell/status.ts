import type { ProxyStatus } from "../../config/status.ts";
import type { Backend } from "../core/backend.ts";
import type { Table } from "../core/table.ts";
import type { Prober } from "./prober.ts";

/** The apps' part of the status. */
export function appsStatus({ apps }: Table, prober: Prober): ProxyStatus["apps"] {
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
    state: report?.state ?? "unchecked",
    check: report?.code ?? "UNK",
    sinceMs: Math.round(report?.sinceMs ?? 0),
    sessions: backend.state.traffic.sessions,
    sessionsTotal: backend.state.traffic.sessionsTotal,
  };
}
