import { type Ending, terminationCode } from "../core/termination.ts";
import type { Exchange } from "./exchange.ts";
import type { Site } from "./site.ts";

/** Writes the exchange's line into the access log. */
export function logExchange(site: Site, exchange: Exchange, ending: Ending): void {
  if (!site.accessLog.isOn) return;
  const { client, request, startedMs } = exchange;
  const since = (ms: number) => (ms === 0 ? -1 : ms - startedMs);
  const totalMs = performance.now() - startedMs;
  site.accessLog.write({
    epochMs: Date.now() - totalMs,
    client: `${request?.client.address ?? client.peer.address}:${client.peer.port}`,
    listener: client.listenerName,
    protocol: client.protocol,
    head: exchange.head,
    app: request?.app.name,
    backend: exchange.backend?.name,
    status: exchange.status,
    bytesIn: client.bytesRead,
    bytesOut: client.bytesWritten,
    requestMs: exchange.headMs - startedMs,
    connectMs: since(exchange.connectedMs),
    responseMs: since(exchange.respondedMs),
    totalMs,
    retries: Math.max(0, exchange.attempts - 1),
    cookie: exchange.binding.fate,
    termination: terminationCode(ending, exchange.stage),
    because: undefined,
  });
}
