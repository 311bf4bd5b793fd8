import * as z from "zod";
import { reloadResultSchema } from "./status.ts";

// What the proxy says on its status socket of those who are connected.

/** A connection, as it is at the moment. */
const sessionSchema = z.object({
  client: z.string(),
  listener: z.string(),
  /** Between two requests, within one, changed to WebSocket, or to a passthrough app. */
  kind: z.enum(["idle", "request", "tunnel", "passthrough"]),
  app: z.string().optional(),
  backend: z.string().optional(),
  /** How far the request has come. */
  stage: z.enum(["request", "queue", "connect", "headers", "data"]).optional(),
  /** Method and path, or the name that TLS was asked for. */
  asked: z.string().optional(),
  /** Since the connection came in. */
  ageMs: z.number(),
  /** Of what is under way. */
  bytesIn: z.number(),
  bytesOut: z.number(),
});
export type Session = z.output<typeof sessionSchema>;

/** Sessions that were asked for, at most as many as asked for, and how many there are. */
export const sessionsResultSchema = z.object({ sessions: z.array(sessionSchema), total: z.number() });
export type SessionsResult = z.output<typeof sessionsResultSchema>;

/** Outcome of a `shutdown`: how many sessions were ended. */
export const shutdownResultSchema = reloadResultSchema.extend({ ended: z.number().default(0) });
