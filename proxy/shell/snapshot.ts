import { revocationEndMs } from "../../config/revocation-list.ts";
import { buildRows, type StatsRow, type StatsSnapshot } from "../core/stats.ts";
import type { Force } from "./force.ts";
import type { Prober } from "./prober.ts";
import type { Validity } from "./validity.ts";

/** What the stats page, its CSV and the metrics show of a daemon at this moment. */
export function snapshotOf(
  about: { readonly release: string; readonly runtime: string },
  force: Force,
  prober: Prober,
  validity: Validity,
): StatsSnapshot {
  const { table, listenerTraffic, connections, droppedLines } = force;
  const { proxy, limits, listeners } = table.proxy;
  const certificates = Object.entries(validity.certificates).map(([name, { hostnames, app, notAfter }]) => ({
    name,
    hostnames,
    app,
    endMs: Date.parse(notAfter),
  }));
  const firstEndMs = Math.min(...certificates.filter(({ app }) => app === undefined).map(({ endMs }) => endMs));
  const withEnd = (row: StatsRow) =>
    row.kind === "listener" && listeners[row.group]?.kind === "https" ? { ...row, certificateEndMs: firstEndMs } : row;
  return {
    hostName: proxy,
    release: about.release,
    runtime: about.runtime,
    pid: process.pid,
    uptimeMs: process.uptime() * 1_000,
    connections,
    connectionsMax: limits.connectionsMax,
    droppedLines,
    rows: buildRows(
      listenerTraffic,
      table.apps,
      limits.connectionsMax,
      (backend) => prober.reportOf(backend),
      performance.now(),
    ).map(withEnd),
    certificates,
    revocationLists: validity.revocationLists.map((list) => ({ issuer: list.issuer, ...revocationEndMs(list) })),
    epochMs: Date.now(),
  };
}
