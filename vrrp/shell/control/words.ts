import * as z from "zod";
import { VRRP_STATES } from "../../../config/status.ts";

// What two VRRP daemons say to each other, one JSON value a sealed line.

const peerInstance = z.object({
  state: z.enum(VRRP_STATES),
  because: z.string(),
  vrid: z.number(),
  priority: z.number(),
  /** Address that its adverts come from. */
  source: z.string(),
  /** Of a Backup: whom it follows, and how long ago it heard an advert. */
  activeAddress: z.string().nullable(),
  lastAdvertMs: z.number().nullable(),
});
export type PeerInstance = z.output<typeof peerInstance>;

const stateWord = z.object({
  kind: z.literal("state"),
  name: z.string(),
  /** Another one after every start. */
  process: z.string(),
  /** Of what both hosts must have in common. */
  commonHash: z.string(),
  isProxyHealthy: z.boolean(),
  /** What its steady clock shows (core/steady-clock.ts). */
  unixMs: z.number().optional(),
  instances: z.record(z.string(), peerInstance),
});
export type StateWord = z.output<typeof stateWord>;

/** What one host asks of the other. */
const request = z.discriminatedUnion("ask", [
  /** Be Active for this instance instead of the asker, now. */
  z.object({ ask: z.literal("takeOver"), instance: z.string(), from: z.string() }),
  /** Move what the asked one is Active for to the asker. */
  z.object({ ask: z.literal("switchover"), instance: z.string().optional() }),
]);
export type PeerRequest = z.output<typeof request>;

const answer = z.object({ isOk: z.boolean(), problems: z.array(z.string()), body: z.unknown().optional() });
export type PeerAnswer = z.output<typeof answer>;

/** Listener → caller. */
export const listenerWord = z.discriminatedUnion("kind", [
  stateWord,
  z.object({ kind: z.literal("answer"), number: z.number(), answer }),
  /** It closes on purpose: what follows is no death. */
  z.object({ kind: z.literal("bye") }),
]);
export type ListenerWord = z.output<typeof listenerWord>;

/** Caller → listener. */
export const callerWord = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("hello"), name: z.string() }),
  z.object({ kind: z.literal("request"), number: z.number(), request }),
]);
export type CallerWord = z.output<typeof callerWord>;

export const listenerGreeting = z.object({
  lbpair: z.literal("control"),
  version: z.literal(1),
  nonce: z.string().min(1),
});
export const callerGreeting = z.object({ nonce: z.string().min(1) });

/** Value of a line; undefined when it is not one of these. */
export function parseWord<S extends z.ZodType>(schema: S, json: string | undefined): z.output<S> | undefined {
  if (json === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // not JSON: as little a word as any other nonsense
  }
}
