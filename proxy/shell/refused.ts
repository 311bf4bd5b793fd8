import type { Peer } from "../core/client.ts";
import { type Ending, terminationCode } from "../core/termination.ts";
import { countExchange, NO_TIME } from "../core/traffic.ts";
import type { Refusal } from "../wire/refusal.ts";
import { isSecure } from "./exchange-end.ts";
import type { Site } from "./site.ts";
import type { Origin } from "./streams.ts";

/** Counts and logs a request that never became one. */
export function logRefusal(
  site: Site,
  from: { readonly peer: Peer; readonly origin: Origin },
  refusal: Refusal,
  startedMs: number,
): void {
  const isLate = refusal.status === 408;
  const ending: Ending = { kind: isLate ? "clientTimedOut" : "refused" };
  countExchange(from.origin.traffic, {
    status: refusal.status,
    bytesIn: 0,
    bytesOut: 0,
    ending,
    stage: "request",
    spent: NO_TIME,
  });
  if (!site.accessLog.isOn) return;
  const totalMs = site.clock.nowMs - startedMs;
  site.accessLog.write({
    epochMs: Date.now() - totalMs,
    client: `${from.peer.address}:${from.peer.port}`,
    clientCertificate: from.peer.subject,
    listener: from.origin.listenerName,
    protocol: "HTTP/1.1",
    head: undefined,
    app: undefined,
    backend: undefined,
    status: refusal.status,
    bytesIn: 0,
    bytesOut: 0,
    requestMs: -1,
    queueMs: -1,
    connectMs: -1,
    responseMs: -1,
    totalMs,
    retries: 0,
    hasMoved: false,
    isSecure: isSecure(from.origin),
    concurrency: { connections: site.connectionCount, listener: from.origin.traffic.sessions, app: 0, backend: 0 },
    ahead: { backend: 0, app: 0 },
    cookie: "none",
    cookieAnswer: undefined,
    requestId: undefined,
    termination: terminationCode(ending, "request"),
    because: refusal.because,
  });
}
