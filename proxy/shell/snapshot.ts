import { buildRows, type StatsSnapshot } from "../core/stats.ts";
import type { Force } from "./force.ts";
import type { Prober } from "./prober.ts";

/** What the stats page, its CSV and the metrics show of a daemon at this moment. */
export function snapshotOf(
  about: { readonly release: string; readonly runtime: string },
  force: Force,
  prober: Prober,
): StatsSnapshot {
  const { table, listenerTraffic, connections } = force;
  const { proxy, limits } = table.proxy;
  return {
    hostName: proxy,
    release: about.release,
    runtime: about.runtime,
    pid: process.pid,
    uptimeMs: process.uptime() * 1_000,
    connections,
    connectionsMax: limits.connectionsMax,
    rows: buildRows(
      listenerTraffic,
      table.apps,
      limits.connectionsMax,
      (backend) => prober.reportOf(backend),
      performance.now(),
    ),
  };
}
