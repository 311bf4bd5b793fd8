import type { ProxyConfig } from "../../config/proxy.ts";
import { type Fields, fieldLine } from "../wire/fields.ts";

// Identities by which a request is found again in the logs of all that it went through.

export type Trace = {
  /** For the access log; undefined when there is none. */
  readonly requestId: string | undefined;
  /** Lines for the backend, beyond those of the client. */
  readonly lines: string;
  /** The client's traceparent is none (W3C Trace Context 3.2.4: it is dropped, and a new one made). */
  readonly isForeign: boolean;
};

export const NO_TRACE: Trace = { requestId: undefined, lines: "", isForeign: false };

/** So much of what a client calls its request is logged. */
const REQUEST_ID_LENGTH_MAX = 128;
/** W3C Trace Context 3.2: version, trace, parent, flags; neither of the two all zeros. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Trace of a request.
 *
 * @param newHex  so many hexadecimal digits that nobody has had before
 */
export function traceOf(config: ProxyConfig["tracing"], fields: Fields, newHex: (digits: number) => string): Trace {
  if (!config.requestId && !config.traceparent) return NO_TRACE;
  let requestId: string | undefined;
  let lines = "";
  if (config.requestId) {
    const given = fields.firstNamed("x-request-id");
    requestId = given?.slice(0, REQUEST_ID_LENGTH_MAX) ?? newHex(32);
    if (given === undefined) lines += fieldLine("X-Request-ID", requestId);
  }
  if (!config.traceparent) return { requestId, lines, isForeign: false };
  const given = fields.firstNamed("traceparent");
  if (given !== undefined && TRACEPARENT.test(given)) return { requestId, lines, isForeign: false };
  // Not sampled: whoever samples is asked further on.
  lines += fieldLine("traceparent", `00-${newHex(32)}-${newHex(16)}-00`);
  return { requestId, lines, isForeign: given !== undefined };
}
