import * as z from "zod";
import { certificateFactsSchema } from "./certificate-facts.ts";
import { revocationListSchema } from "./revocation-list.ts";

// What the daemons say on their status sockets: JSON, one value a line, in both
// directions. A request is answered by one line, `watch` by a line at every
// change and at least every `WATCH_HEARTBEAT_MS`, until the caller hangs up.
// Daemons meet here and nowhere else.

/** What an operator may say of a backend, in HAProxy's words. */
export const OPERATOR_STATES = ["ready", "drain", "maint"] as const;

/** A weight, or percent of the document's. */
const weightOrder = z.union([
  z.strictObject({ weight: z.number().min(0).max(256) }),
  z.strictObject({ percent: z.number().min(0).max(10_000) }),
]);

const count = z.int().min(0);
const fileText = z.strictObject({ path: z.string(), text: z.string().nullable() });

export const requestSchema = z.discriminatedUnion("request", [
  /** `apps`: of these only; the proxy has hundreds, each with its backends. */
  z.strictObject({ request: z.literal("status"), apps: z.array(z.string()).optional() }),
  z.strictObject({ request: z.literal("watch") }),
  /** Read all files again; the answer comes when the outcome is known. */
  z.strictObject({ request: z.literal("reload") }),
  /** What would be wrong if files had these texts, or (null) were gone; nothing is changed. Proxy only. */
  z.strictObject({ request: z.literal("check"), files: z.array(fileText) }),
  /** Takes a backend out, lets its bound sessions end, or takes it in again; holds until said otherwise. Proxy only. */
  z.strictObject({
    request: z.literal("backend"),
    app: z.string(),
    backend: z.string(),
    state: z.enum(OPERATOR_STATES),
  }),
  /** Weight of a backend until said otherwise; absent: as the document says. Proxy only. */
  z.strictObject({
    request: z.literal("weight"),
    app: z.string(),
    backend: z.string(),
    weight: weightOrder.optional(),
  }),
  /** Ends the requests and tunnels of a backend (HAProxy's `shutdown sessions server`). Proxy only. */
  z.strictObject({ request: z.literal("shutdown"), app: z.string(), backend: z.string() }),
  /** Who is connected; answered as config/sessions.ts says. Proxy only. */
  z.strictObject({
    request: z.literal("sessions"),
    app: z.string().optional(),
    backend: z.string().optional(),
    max: z.int().min(1).max(10_000).default(100),
  }),
  /** Let the release that is current now take over; the answer comes when it serves, or why it does not. Proxy only. */
  z.strictObject({ request: z.literal("replace") }),
  /** From the successor of a `replace`: it serves, and this daemon may go. */
  z.strictObject({ request: z.literal("retire"), pid: z.int().min(1) }),
  /**
   * From a daemon that has retired, again and again: what it still has under way, sessions by backend (`app name address`).
   * Holds until its connection ends. Another release may say more than this one knows.
   */
  z.object({ request: z.literal("remains"), connections: count, sessions: z.record(z.string(), count) }),
  /** VRRP daemon: the addresses move to the other host; the answer (`switchoverResultSchema`) comes when they have. */
  z.strictObject({ request: z.literal("switchover"), instance: z.string().optional() }),
  /** VRRP daemon: the newest events of its journal, oldest of them first, as `{ events }`. */
  z.strictObject({ request: z.literal("events"), max: z.int().min(1).max(1_000).default(50) }),
  /** VRRP daemon: what Prometheus reads, as `{ text }`. */
  z.strictObject({ request: z.literal("metrics") }),
]);
export type StatusRequest = z.output<typeof requestSchema>;
/** The same as a caller may write it. */
export type StatusQuestion = z.input<typeof requestSchema>;

/** Longest silence between two lines of a `watch`. */
export const WATCH_HEARTBEAT_MS = 250;

/** Hashes of the texts that a daemon runs, by path below the configuration directory. */
const hashes = z.record(z.string(), z.string());

/** Outcome of the last time the files were read. */
export const reloadResultSchema = z.object({
  isOk: z.boolean(),
  /** Formatted problems; the configuration in `hashes` stays in force. */
  problems: z.array(z.string()),
  /** What of it waits for the next start; absent: nothing. */
  notices: z.array(z.string()).optional(),
});
export type ReloadResult = z.output<typeof reloadResultSchema>;

const daemonFields = {
  name: z.string(),
  release: z.string(),
  runtime: z.string(),
  pid: z.number(),
  uptimeMs: z.number(),
  hashes,
  lastReload: reloadResultSchema,
};

/** `drain`: for bound sessions only, as an operator has said or because it was removed. */
export const BACKEND_STATES = ["up", "down", "unchecked", "drain", "maint"] as const;

const backendStatus = z.object({
  address: z.string(),
  state: z.enum(BACKEND_STATES),
  /** HAProxy's check status code: L4OK, L7STS, L4TOUT … */
  check: z.string(),
  sinceMs: z.number(),
  sessions: z.number(),
  sessionsTotal: z.number(),
  /** What an operator has said of it, whatever the checks say; absent from daemons before it was told. */
  operator: z.enum(OPERATOR_STATES).optional(),
  /** Weight that an operator has given it; absent: the document's. */
  weight: z.number().optional(),
  /** The app's document has it no more: how long since and until it is gone, and what the document last said of it. */
  removed: z
    .object({ sinceMs: z.number(), leavesInMs: z.number(), document: z.record(z.string(), z.unknown()) })
    .optional(),
});

export const proxyStatusSchema = z.object({
  daemon: z.literal("proxy"),
  ...daemonFields,
  /** All listeners accept and a configuration is in force. */
  isServing: z.boolean(),
  /** Why not, if not. */
  because: z.string(),
  /** Process ids of the workers beside the daemon; none where it serves itself. */
  workers: z.array(z.number()).default([]),
  /** By name; absent from daemons of earlier releases. */
  certificates: z.record(z.string(), certificateFactsSchema).default({}),
  /** What authorities of clients' certificates have revoked; absent from daemons of earlier releases. */
  revocationLists: z.array(revocationListSchema).default([]),
  connections: z.number(),
  requestsTotal: z.number(),
  /** By listener, then by reason (proxy/core/handshake.ts); what has not come is absent, as is all from older daemons. */
  handshakesFailed: z.record(z.string(), z.record(z.string(), z.number())).default({}),
  /** `path`: of a passthrough app, its names. */
  apps: z.record(z.string(), z.object({ path: z.string(), backends: z.record(z.string(), backendStatus) })),
});
export type ProxyStatus = z.output<typeof proxyStatusSchema>;

/** One line of the proxy's `watch`. */
export const proxyWatchSchema = z.object({
  isServing: z.boolean(),
  because: z.string(),
  /** Another process has taken over: it answers at the same path from now on, and this one will say no more. */
  hasMoved: z.boolean().optional(),
  /** Unix socket of this process's lifeline (daemon/lifelines.ts). */
  lifeline: z.string().optional(),
  /** Number of the thread that holds it, and has to run once more to die. */
  lifelineThread: z.number().int().positive().optional(),
});
export type ProxyWatch = z.output<typeof proxyWatchSchema>;

export const VRRP_STATES = ["Initialize", "Backup", "Active", "Fault"] as const;

const instanceStatus = z.object({
  state: z.enum(VRRP_STATES),
  /** How long in this state. */
  sinceMs: z.number(),
  /** Why the last change of state happened. */
  because: z.string(),
  vrid: z.number(),
  /** Empty while no interface fits. */
  interface: z.string(),
  /** With all weights counted in. */
  priority: z.number(),
  addresses: z.array(z.string()),
  /** Of a Backup: source of the last accepted advertisement. Otherwise null. */
  activeAddress: z.string().nullable(),
  /** Own address that advertisements come from; empty without one. */
  source: z.string(),
  /** Time since the last accepted advertisement; null: there was none. */
  lastAdvertMs: z.number().nullable(),
  advertsSent: z.number(),
  advertsReceived: z.number(),
  /** Of those sent and received, how many had priority 0. What has a default is absent from older daemons. */
  resignationsSent: z.number().default(0),
  resignationsReceived: z.number().default(0),
  /** By reason (vrrp/core/receive.ts). */
  advertsDiscarded: z.record(z.string(), z.number()),
  /** Accepted all the same, by what is odd about them (vrrp/core/receive.ts). */
  oddities: z.record(z.string(), z.number()).default({}),
  /** Form of the last accepted advertisement's checksum; null: there was none. */
  checksumForm: z.string().nullable().default(null),
  /** Frames with which this host said that it has the addresses. */
  announcementsSent: z.number().default(0),
  /** Of `addresses`, those that an interface of this host has now, whoever set them. */
  addressesPresent: z.array(z.string()).default([]),
  /** How often an address was set again that somebody else had removed. */
  addressesRestored: z.number().default(0),
  /** How often one state was left for another, by reason (vrrp/core/reason.ts). */
  transitionCounts: z
    .array(z.object({ from: z.enum(VRRP_STATES), to: z.enum(VRRP_STATES), reason: z.string(), count: z.number() }))
    .default([]),
});
export type InstanceStatus = z.output<typeof instanceStatus>;

/** How late timers fired; each bucket counts what is below it. */
const lateness = z.object({
  count: z.number(),
  sumMs: z.number(),
  maxMs: z.number(),
  buckets: z.array(z.object({ leMs: z.number(), count: z.number() })),
});
export type Lateness = z.output<typeof lateness>;

/** An event of the journal: a line of the log, with the evidence of a decision. */
const eventSchema = z.looseObject({
  time: z.string(),
  level: z.string(),
  event: z.string(),
  instance: z.string().optional(),
});
export type JournalEvent = z.output<typeof eventSchema>;
export const eventsSchema = z.object({ events: z.array(eventSchema) });
export const metricsSchema = z.object({ text: z.string() });

/** The other host, as the control channel tells. */
const controlStatus = z.object({
  paths: z.array(z.object({ address: z.string(), isUp: z.boolean(), because: z.string() })),
  /** Null: it has not been heard of since this daemon started, or its process has ended. */
  peer: z
    .object({
      name: z.string(),
      /** Age of its last word. */
      heardMs: z.number(),
      /** Whether what both hosts must have in common is the same. */
      isSameConfiguration: z.boolean(),
      states: z.record(z.string(), z.enum(VRRP_STATES)),
    })
    .nullable(),
  /** By instance, why the other host could not take over now; empty: it could. */
  standbyProblems: z.record(z.string(), z.array(z.string())),
});
export type ControlStatus = z.output<typeof controlStatus>;

/** Outcome of a planned switchover. */
export const switchoverResultSchema = z.object({
  isOk: z.boolean(),
  /** What moved. */
  moved: z.array(z.object({ instance: z.string(), from: z.string(), to: z.string(), tookMs: z.number() })),
  /** Why something did not. */
  problems: z.array(z.string()),
});
export type SwitchoverResult = z.output<typeof switchoverResultSchema>;

export const vrrpStatusSchema = z.object({
  daemon: z.literal("vrrp"),
  ...daemonFields,
  proxy: z.object({ isHealthy: z.boolean(), because: z.string() }),
  /** Absent: no control channel is configured. */
  control: controlStatus.optional(),
  /** The thread that keeps time. */
  engine: z.object({ lateness }).optional(),
  instances: z.record(z.string(), instanceStatus),
});
export type VrrpStatus = z.output<typeof vrrpStatusSchema>;
