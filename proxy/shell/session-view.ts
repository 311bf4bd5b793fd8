import type { Session } from "../../config/sessions.ts";
import type { StatusRequest } from "../../config/status.ts";
import type { Exchange } from "./exchange.ts";

/** What a connection is doing; the client where it is another than the connection's other end. */
export type SessionView = Omit<Session, "client" | "listener" | "ageMs"> & { readonly client?: string | undefined };

/** Which sessions are asked for. */
export type SessionFilter = Omit<Extract<StatusRequest, { request: "sessions" }>, "request">;

export const IDLE: SessionView = { kind: "idle", bytesIn: 0, bytesOut: 0 };

/** Longest text of what is asked for: a list is to stay one. */
const ASKED_LENGTH_MAX = 120;

export function viewOf({ head, request, attempts, stage, status, client }: Exchange): SessionView {
  return {
    kind: status === 101 ? "tunnel" : "request",
    client: request?.client.address,
    app: request?.app.name,
    backend: attempts.backend?.name,
    stage: attempts.isWaiting ? "queue" : stage,
    asked: `${head.method} ${head.path}`.slice(0, ASKED_LENGTH_MAX),
    bytesIn: client.bytesRead,
    bytesOut: client.bytesWritten,
  };
}
