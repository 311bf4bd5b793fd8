import { type AppInput, appSchema } from "../../../config/app.ts";
import { parseValue } from "../../../config/document.ts";
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
