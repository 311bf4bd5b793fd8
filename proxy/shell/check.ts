import type { CheckConfig } from "../../config/app.ts";
import { decodeResponse } from "../wire/h1-response.ts";
import { Input } from "../wire/input.ts";
import { type BackendPlace, openBackendSocket } from "./backend-socket.ts";

/** Outcome of one check, with HAProxy's code: `L7OK`, `L4CON` … */
export type CheckOutcome = {
  readonly hasPassed: boolean;
  readonly code: string;
  /** Status of the backend's answer, 0 if there was none. */
  readonly status: number;
  readonly durationMs: number;
};

export type CheckTarget = BackendPlace & { readonly address: string };

const HEAD_BYTES_MAX = 65_536;
const FIELDS_MAX = 1_000;

/**
 * Checks a backend once.
 *
 * @param onOutcome  called once, unless the check is stopped before
 * @returns how to stop it
 */
export function runCheck(
  target: CheckTarget,
  check: CheckConfig,
  onOutcome: (outcome: CheckOutcome) => void,
): () => void {
  const startedMs = performance.now();
  const tls = check.kind === "tcp" ? undefined : target.tls;
  const socket = openBackendSocket({ ...target, tls }, () => {
    isReady = true;
    if (check.kind === "tcp" || check.kind === "tls") end(tls === undefined ? "L4OK" : "L6OK", 0);
    else socket.write(requestOf(target, check), "latin1");
  });
  const input = new Input();
  let isConnected = false;
  let isReady = false;
  /** HAProxy's layers: connected, handshake done, answered. */
  const layer = () => (isReady ? "L7" : isConnected && tls !== undefined ? "L6" : isConnected ? "L7" : "L4");
  const stop = () => {
    clearTimeout(timer);
    socket.destroy();
  };
  let isOver = false;
  const end = (code: string, status: number) => {
    if (isOver) return;
    isOver = true;
    stop();
    onOutcome({ hasPassed: code.endsWith("OK"), code, status, durationMs: performance.now() - startedMs });
  };
  const timer = setTimeout(() => end(`${layer()}TOUT`, 0), check.timeoutMs);
  socket.on("connect", () => {
    isConnected = true;
  });
  socket.on("data", (bytes: Buffer) => {
    input.push(bytes);
    const status = statusOf(input, check);
    if (status === "incomplete") return;
    if (status === "unreadable") end("L7RSP", 0);
    else end(status >= check.statusMin && status <= check.statusMax ? "L7OK" : "L7STS", status);
  });
  const fail = () => end(layer() === "L4" ? "L4CON" : `${layer()}RSP`, 0);
  socket.on("end", fail);
  socket.on("error", fail);
  socket.on("close", fail);
  return () => {
    isOver = true;
    stop();
  };
}

function requestOf({ address }: CheckTarget, check: CheckConfig): string {
  const host = check.host ?? address;
  const agent = check.userAgent === "" ? "" : `User-Agent: ${check.userAgent}\r\n`;
  return `${check.method} ${check.path} HTTP/1.1\r\nHost: ${host}\r\n${agent}Connection: close\r\n\r\n`;
}

function statusOf(input: Input, { method }: CheckConfig): number | "incomplete" | "unreadable" {
  for (;;) {
    const head = input.takeHead(HEAD_BYTES_MAX);
    if (head.kind === "needMore") return "incomplete";
    if (head.kind !== "head") return "unreadable";
    const response = decodeResponse(head, method, FIELDS_MAX);
    if (!response.ok) return "unreadable";
    if (response.head.status >= 200) return response.head.status;
  }
}
