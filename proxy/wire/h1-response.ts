import { type ConnectionOptions, decodeConnection } from "./connection.ts";
import { scanFieldLines } from "./field-lines.ts";
import { Fields } from "./fields.ts";
import { type Framing, NO_BODY, responseFraming } from "./framing.ts";
import type { ResponseHead } from "./message.ts";
import { isOf, VALUE } from "./octets.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";

/** A response head, and what only this connection needs to know of it. */
export type DecodedResponse = {
  readonly ok: true;
  readonly head: ResponseHead;
  readonly framing: Framing;
  /** Whether the connection may carry another request once this response is complete. */
  readonly isPersistent: boolean;
};

/** `HTTP/1.1 200 ` or `HTTP/1.1 200`: version, space, three digits (RFC 9112 4). */
const STATUS_LINE_START = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: |\r)/;
const REASON_START = "HTTP/1.1 200 ".length;

/**
 * Response of a complete head of a backend.
 *
 * @param text  latin1, ends with the empty line
 * @param method  of the request: it decides whether a body follows
 */
export function decodeResponse(text: string, method: string, fieldsMax: number): DecodedResponse | Refusal {
  const start = STATUS_LINE_START.exec(text);
  const lineEnd = text.indexOf("\r\n");
  if (start === null) return refuse(502, "badStatusLine");
  const minorVersion = Number(start[1]);
  const status = Number(start[2]);
  const reason = text.slice(REASON_START, Math.max(REASON_START, lineEnd));
  for (let at = 0; at < reason.length; at++) {
    if (!isOf(reason.charCodeAt(at), VALUE)) return refuse(502, "badStatusLine");
  }
  const lines = scanFieldLines(text, lineEnd + 2, fieldsMax);
  if (!lines.ok) return refuse(502, lines.fault);
  const fields = new Fields(text, lines.marks, lines.present);
  const framing = status < 200 ? NO_BODY : responseFraming(fields, minorVersion, status, method);
  if (isRefusal(framing)) return framing;
  const connection = decodeConnection(fields);
  if (connection === undefined) return refuse(502, "badConnection");
  return {
    ok: true,
    head: { status, reason, fields },
    framing,
    isPersistent: isPersistent(minorVersion, connection) && framing.kind !== "untilClose",
  };
}

/** RFC 9112 9.3. */
export function isPersistent(minorVersion: number, connection: ConnectionOptions): boolean {
  if (connection.isClose) return false;
  return minorVersion === 1 || connection.isKeepAlive;
}
