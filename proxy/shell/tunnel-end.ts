import type { Peer } from "../core/client.ts";
import type { Passage } from "../core/passage.ts";
import { type Ending, type Stage, terminationCode } from "../core/termination.ts";
import { countExchange } from "../core/traffic.ts";
import type { Attempts } from "./attempts.ts";
import type { Site } from "./site.ts";
import type { Origin } from "./streams.ts";

/** What a connection to a passthrough app was, at its end. */
export type TunnelFacts = {
  readonly ending: Ending;
  readonly stage: Stage;
  readonly passage: Passage;
  readonly attempts: Attempts;
  readonly peer: Peer;
  readonly origin: Origin;
  /** ms, monotonic; 0: not reached. */
  readonly startedMs: number;
  readonly connectedMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
};

/** Counts a connection that has ended, and writes its line into the access log. */
export function recordTunnel(site: Site, tunnel: TunnelFacts): void {
  const { ending, stage, attempts, origin, startedMs, bytesIn, bytesOut } = tunnel;
  const { app } = tunnel.passage;
  const { backend } = attempts;
  const totalMs = site.clock.nowMs - startedMs;
  const since = (ms: number) => (ms === 0 ? -1 : ms - startedMs);
  const [queueMs, connectMs] = [since(attempts.chosenMs), since(tunnel.connectedMs)];
  const spent = { queueMs: Math.max(0, queueMs), connectMs: connectMs < 0 ? 0 : connectMs - queueMs };
  const facts = { status: 0, bytesIn, bytesOut, ending, stage, spent: { ...spent, responseMs: 0, totalMs } };
  for (const traffic of [origin.traffic, app.traffic, backend?.state.traffic])
    if (traffic !== undefined) countExchange(traffic, facts);
  if (!site.accessLog.isOn) return;
  site.accessLog.writePassage({
    epochMs: Date.now() - totalMs,
    client: `${tunnel.peer.address}:${tunnel.peer.port}`,
    listener: origin.listenerName,
    serverName: tunnel.passage.serverName,
    app: app.name,
    backend: backend?.name,
    ...{ bytesIn, bytesOut, queueMs, connectMs, totalMs },
    retries: Math.max(0, attempts.count - 1),
    hasMoved: attempts.hasMoved,
    concurrency: {
      connections: site.connectionCount,
      listener: origin.traffic.sessions,
      app: app.traffic.sessions,
      backend: backend?.state.traffic.sessions ?? 0,
    },
    ahead: attempts.ahead,
    termination: terminationCode(ending, stage),
  });
}
