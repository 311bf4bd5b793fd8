import { type CookieAnswer, cookieAnswerOf } from "../core/persistence.ts";
import { type Ending, terminationCode } from "../core/termination.ts";
import { countExchange, type TimeSpent } from "../core/traffic.ts";
import type { Exchange } from "./exchange.ts";
import type { Site } from "./site.ts";
import type { Origin } from "./streams.ts";

/** Counts an exchange that has ended, and writes its line into the access log. */
export function recordExchange(site: Site, exchange: Exchange, ending: Ending): void {
  const { client, request, status, stage } = exchange;
  const { backend } = exchange.attempts;
  const spent = timeSpent(exchange, site.clock.nowMs);
  const facts = { status, bytesIn: client.bytesRead, bytesOut: client.bytesWritten, ending, stage, spent };
  countExchange(client.origin.traffic, facts);
  if (request !== undefined) countExchange(request.app.traffic, facts);
  if (backend !== undefined) countExchange(backend.state.traffic, facts);
  if (site.accessLog.isOn) log(site, exchange, ending);
}

function timeSpent(exchange: Exchange, nowMs: number): TimeSpent {
  const { startedMs, headMs, connectedMs, respondedMs } = exchange;
  const { chosenMs } = exchange.attempts;
  return {
    queueMs: chosenMs === 0 ? 0 : chosenMs - headMs,
    connectMs: connectedMs === 0 ? 0 : connectedMs - chosenMs,
    responseMs: respondedMs === 0 ? 0 : respondedMs - connectedMs,
    totalMs: nowMs - startedMs,
  };
}

function log(site: Site, exchange: Exchange, ending: Ending): void {
  const { client, request, attempts, startedMs } = exchange;
  const since = (ms: number) => (ms === 0 ? -1 : ms - startedMs);
  const totalMs = site.clock.nowMs - startedMs;
  site.accessLog.write({
    epochMs: site.clock.epochMs - totalMs,
    client: `${request?.client.address ?? client.peer.address}:${client.peer.port}`,
    clientCertificate: client.peer.subject,
    listener: client.origin.listenerName,
    protocol: client.protocol,
    head: exchange.head,
    app: request?.app.name,
    backend: attempts.backend?.name,
    status: exchange.status,
    bytesIn: client.bytesRead,
    bytesOut: client.bytesWritten,
    requestMs: exchange.headMs - startedMs,
    queueMs: since(attempts.chosenMs),
    connectMs: since(exchange.connectedMs),
    responseMs: since(exchange.respondedMs),
    totalMs,
    retries: Math.max(0, attempts.count - 1),
    hasMoved: attempts.hasMoved,
    isSecure: isSecure(client.origin),
    concurrency: {
      connections: site.connectionCount,
      listener: client.origin.traffic.sessions,
      app: request === undefined ? 0 : request.app.traffic.sessions + 1,
      backend: attempts.backend === undefined ? 0 : attempts.backend.state.traffic.sessions + 1,
    },
    ahead: attempts.ahead,
    cookie: exchange.binding.fate,
    cookieAnswer: cookieAnswer(exchange, site.clock.epochS),
    requestId: request?.trace.requestId,
    termination: terminationCode(ending, exchange.stage),
    because: undefined,
  });
}

function cookieAnswer({ request, attempts, binding, respondedMs }: Exchange, nowS: number): CookieAnswer | undefined {
  if (request?.app.cookie === undefined) return undefined;
  if (attempts.backend === undefined || respondedMs === 0) return "none";
  return cookieAnswerOf(request.app, attempts.backend, binding, nowS);
}

export function isSecure({ service }: Origin): boolean {
  return service.kind === "apps" && service.scheme === "https";
}
