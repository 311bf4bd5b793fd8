import type { Peer } from "../core/client.ts";
import { terminationCode } from "../core/termination.ts";
import type { Refusal } from "../wire/refusal.ts";
import type { Site } from "./site.ts";

/** Counts and logs a request that never became one. */
export function logRefusal(
  site: Site,
  from: { readonly peer: Peer; readonly listenerName: string },
  refusal: Refusal,
  startedMs: number,
): void {
  site.counters.refusedTotal++;
  if (!site.accessLog.isOn) return;
  const totalMs = performance.now() - startedMs;
  site.accessLog.write({
    epochMs: Date.now() - totalMs,
    client: `${from.peer.address}:${from.peer.port}`,
    listener: from.listenerName,
    protocol: "HTTP/1.1",
    head: undefined,
    app: undefined,
    backend: undefined,
    status: refusal.status,
    bytesIn: 0,
    bytesOut: 0,
    requestMs: -1,
    connectMs: -1,
    responseMs: -1,
    totalMs,
    retries: 0,
    cookie: "none",
    termination: terminationCode(refusal.status === 408 ? { kind: "clientTimedOut" } : { kind: "refused" }, "request"),
    because: refusal.because,
  });
}
