import type { CheckConfig } from "../../config/app.ts";
import { type BackendPlace, openBackendSocket } from "./backend-socket.ts";
import { CheckReader, type Verdict } from "./check-reader.ts";

/** Outcome of one check, with HAProxy's code: `L7OK`, `L4CON` … */
export type CheckOutcome = {
  readonly hasPassed: boolean;
  readonly code: string;
  /** Status of the backend's answer, 0 if there was none. */
  readonly status: number;
  readonly durationMs: number;
};

export type CheckTarget = BackendPlace & { readonly address: string };

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
  const reader = new CheckReader(check);
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
  const judge = (verdict: Verdict | undefined) => {
    if (verdict !== undefined) end(verdict.code, verdict.status);
  };
  socket.on("data", (bytes: Buffer) => judge(reader.read(bytes)));
  const fail = () => (isReady ? judge(reader.end()) : end(layer() === "L4" ? "L4CON" : `${layer()}RSP`, 0));
  socket.on("end", fail);
  socket.on("error", fail);
  socket.on("close", fail);
  return () => {
    isOver = true;
    stop();
  };
}

function requestOf({ address }: CheckTarget, check: CheckConfig): string {
  const fields = {
    Host: check.host ?? address,
    ...(check.userAgent === "" ? {} : { "User-Agent": check.userAgent }),
    Connection: "close",
  };
  const given = new Set(Object.keys(check.headers).map((name) => name.toLowerCase()));
  const own = Object.entries(fields).filter(([name]) => !given.has(name.toLowerCase()));
  const lines = [...own, ...Object.entries(check.headers)].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${check.method} ${check.path} HTTP/${check.version}\r\n${lines.join("")}\r\n`;
}
