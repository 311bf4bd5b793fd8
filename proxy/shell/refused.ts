import type { Peer } from "../core/client.ts";
import { type Ending, terminationCode } from "../core/termination.ts";
import { countExchange, NO_TIME } from "../core/traffic.ts";
import type { Refusal } from "../wire/refusal.ts";
import { isSecure } from "./exchange-end.ts";
import type { Site } from "./site.ts";
import type { Origin } from "./streams.ts";

/** What ended a request before it was one: a refusal, or its client that left within its head. */
export type Unheard = Refusal | { readonly status: 0; readonly because: "clientLeft" };

/** Counts and logs a request that never became one. */
export function logUnheard(
  site: Site,
  from: { readonly peer: Peer; readonly origin: Origin },
  { status, because }: Unheard,
  startedMs: number,
): void {
  const kinds = { 0: "clientClosed", 408: "clientTimedOut" } as const;
  const ending: Ending = { kind: status === 0 || status === 408 ? kinds[status] : "refused" };
  countExchange(from.origin.traffic, {
    status,
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
    status,
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
    because,
  });
}
