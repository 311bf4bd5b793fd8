import { credentials } from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";

export type Severity = "debug" | "info" | "warning" | "error";

/** Messages of one resource to the person who runs `pulumi up`. */
export type ResourceLog = {
  /** Kept in the report of the update. */
  readonly message: (severity: Severity, text: string) => void;
  /** Shown beside the resource while it is worked on. */
  readonly status: (text: string) => void;
  /** Resolves when the engine has everything that was said before. */
  readonly flush: () => Promise<void>;
};

export type EngineLog = { readonly forResource: (urn: string) => ResourceLog };

type Entry = { urn: string; severity: Severity; text: string; isStatus: boolean };

/** More waiting lines than this are sent as one message: a call per line takes 0.1 ms, and a command may print a million. */
const WAITING_LINES_MAX = 200;

/**
 * Log of the engine at an address, in order: one call at a time.
 *
 * An engine that can't be reached is not asked again; a plugin works without it.
 */
export function openEngineLog(address: string | undefined): EngineLog {
  const client =
    address === undefined
      ? undefined
      : new engineService.EngineClient(address, credentials.createInsecure(), { "grpc.max_send_message_length": -1 });
  let isReachable = client !== undefined;
  let waiting: Entry[] = [];
  let sending: Promise<void> | undefined;

  const send = (entry: Entry) =>
    new Promise<void>((resolve) => {
      client?.log(encodeEntry(entry), (error) => {
        if (error !== null) isReachable = false;
        resolve();
      });
    });
  const sendAll = async () => {
    while (isReachable && waiting.length > 0) {
      const entries = waiting.length > WAITING_LINES_MAX ? joinStatus(waiting) : waiting;
      waiting = [];
      for (const entry of entries) if (isReachable) await send(entry);
    }
    waiting = [];
    sending = undefined;
  };
  const add = (entry: Entry) => {
    if (!isReachable || entry.text === "") return;
    waiting.push(entry);
    sending ??= sendAll();
  };
  const flush = async () => {
    while (sending !== undefined) await sending;
  };
  return {
    forResource: (urn) => ({
      message: (severity, text) => add({ urn, severity, text, isStatus: false }),
      status: (text) => add({ urn, severity: "info", text, isStatus: true }),
      flush,
    }),
  };
}

/** Neighbouring status lines of one resource become one message. */
function joinStatus(entries: readonly Entry[]): Entry[] {
  const groups: Entry[][] = [];
  for (const entry of entries) {
    const group = groups.at(-1);
    const isNeighbour = entry.isStatus && group?.[0]?.isStatus && group[0].urn === entry.urn;
    if (isNeighbour) group.push(entry);
    else groups.push([entry]);
  }
  return groups.flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, text: group.map((entry) => entry.text).join("\n") }];
  });
}

function encodeEntry(entry: Entry): LogRequest {
  const severities = {
    debug: engine.LogSeverity.DEBUG,
    info: engine.LogSeverity.INFO,
    warning: engine.LogSeverity.WARNING,
    error: engine.LogSeverity.ERROR,
  };
  const request = new engine.LogRequest();
  request.setUrn(entry.urn);
  request.setSeverity(severities[entry.severity]);
  request.setMessage(entry.text);
  request.setEphemeral(entry.isStatus);
  return request;
}
