import { type AppInput, appSchema } from "../../../config/app.ts";
import { parseValue } from "../../../config/document.ts";
import type { AccessRecord } from "../../../proxy/core/access-log.ts";
import { type App, compileApp, type KeptState, refreshChoice } from "../../../proxy/core/app.ts";
import { type Backend, newBackendState, type OperatorState } from "../../../proxy/core/backend.ts";
import { Line } from "../../../proxy/core/line.ts";
import { newTraffic } from "../../../proxy/core/traffic.ts";
import { type DecodedRequest, RequestDecoder } from "../../../proxy/wire/h1-request.ts";
import { decodeResponse } from "../../../proxy/wire/h1-response.ts";
import type { ResponseHead } from "../../../proxy/wire/message.ts";
import { rawHead } from "./raw-head.ts";

/** For a table without any before it. */
export const NOTHING_KEPT: KeptState = {
  stateOf: newBackendState,
  trafficOf: newTraffic,
  lineOf: (_, traffic) => new Line(traffic),
};

/** An app named and placed by its path, with three backends a, b and c. */
export function appOf(path: string, more: Partial<AppInput> = {}): App {
  const parsed = parseValue(appSchema, {
    app: path.replaceAll("/", "") || "root",
    path,
    backends: { a: { address: "10.0.0.1:80" }, b: { address: "10.0.0.2:8080" }, c: { address: "10.0.0.3:80" } },
    ...more,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compileApp(parsed.value, {}, 1_000, NOTHING_KEPT);
}

export function backendOf(app: App, name: string): Backend {
  const backend = app.backends.find((candidate) => candidate.name === name);
  if (backend === undefined) throw new Error(`no backend ${name}`);
  return backend;
}

export function setUp(app: App, name: string, isUp: boolean): void {
  backendOf(app, name).state.isUp = isUp;
  refreshChoice(app);
}

export function setOperator(app: App, name: string, operator: OperatorState): void {
  backendOf(app, name).state.operator = operator;
  refreshChoice(app);
}

/** @param text  lines without their ends */
export function requestOf(...lines: readonly string[]): DecodedRequest {
  const decoded = new RequestDecoder().decode(rawHead(`${lines.join("\r\n")}\r\n\r\n`), 1_000);
  if (!decoded.ok) throw new Error(decoded.because);
  return decoded;
}

export function responseOf(...lines: readonly string[]): ResponseHead {
  const decoded = decodeResponse(rawHead(`${lines.join("\r\n")}\r\n\r\n`), "GET", 1_000);
  if (!decoded.ok) throw new Error(decoded.because);
  return decoded.head;
}

/** What the access log says of a request that went well, with other values for some of it. */
export function recordOf(more: Partial<AccessRecord>): AccessRecord {
  return {
    epochMs: Date.UTC(2026, 10, 22, 12, 0, 0, 123),
    client: "192.0.2.1:4711",
    clientCertificate: undefined,
    listener: "https",
    protocol: "HTTP/1.1",
    head: requestOf(
      "GET /app1/x?y HTTP/1.1",
      "Host: example.com",
      'User-Agent: a "b" \\',
      "Referer: https://example.com/",
    ).head,
    app: "app1",
    backend: "web1",
    status: 200,
    bytesIn: 0,
    bytesOut: 1234,
    requestMs: 0.04,
    queueMs: 0.1,
    connectMs: 1.26,
    responseMs: 12.3456,
    totalMs: 20,
    retries: 1,
    hasMoved: true,
    isSecure: true,
    concurrency: { connections: 4, listener: 3, app: 2, backend: 1 },
    ahead: { backend: 0, app: 7 },
    cookie: "valid",
    cookieAnswer: "none",
    requestId: undefined,
    termination: "--",
    because: undefined,
    ...more,
  };
}
