import { type ConnectionOptions, decodeConnection } from "./connection.ts";
import { scanFieldLines } from "./field-lines.ts";
import { FIELD } from "./field-names.ts";
import { Fields } from "./fields.ts";
import { type Framing, NO_BODY, responseFraming } from "./framing.ts";
import type { RawHead } from "./input.ts";
import type { ResponseHead, Upgrade } from "./message.ts";
import { isOf, VALUE } from "./octets.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { acceptedUpgrade } from "./upgrade.ts";

/** A response head, and what only this connection needs to know of it. */
export type DecodedResponse = {
  readonly ok: true;
  readonly head: ResponseHead;
  readonly framing: Framing;
  /** Whether the connection may carry another request once this response is complete. */
  readonly isPersistent: boolean;
  /** Of a 101: what the connection changes to. */
  readonly protocol: Upgrade | undefined;
};

/** `HTTP/1.1 200 ` or `HTTP/1.1 200`: version, space, three digits (RFC 9112 4). */
const STATUS_LINE_START = /^HTTP\/1\.[01] [1-9][0-9]{2}(?: |\r)/;
const MINOR_VERSION_AT = "HTTP/1.".length;
const STATUS_AT = "HTTP/1.1 ".length;
const REASON_AT = "HTTP/1.1 200 ".length;

/**
 * Response of a complete head of a backend.
 *
 * @param method  of the request: it decides whether a body follows
 */
export function decodeResponse(raw: RawHead, method: string, fieldsMax: number): DecodedResponse | Refusal {
  const { bytes, start, end, text } = raw;
  const lineEnd = text.indexOf("\r\n");
  if (!STATUS_LINE_START.test(text) || hasControl(bytes, start, start + lineEnd)) return refuse(502, "badStatusLine");
  const minorVersion = text.charCodeAt(MINOR_VERSION_AT) - 0x30;
  const status = Number(text.slice(STATUS_AT, STATUS_AT + 3));
  const reason = lineEnd > REASON_AT ? text.slice(REASON_AT, lineEnd) : "";
  const lines = scanFieldLines(bytes, start, start + lineEnd + 2, end, fieldsMax);
  if (!lines.ok) return refuse(502, lines.fault);
  const fields = new Fields(text, lines.marks, lines.present);
  const framing = status < 200 ? NO_BODY : responseFraming(fields, minorVersion, status, method);
  if (isRefusal(framing)) return framing;
  const connection = decodeConnection(fields);
  if (connection === undefined) return refuse(502, "badConnection");
  const { nominated } = connection;
  return {
    ok: true,
    head: { status, reason, fields: nominated.length === 0 ? fields : fields.markHopByHop(nominated) },
    framing,
    isPersistent:
      isPersistent(minorVersion, connection) && framing.kind !== "untilClose" && !(status === 204 && saysBody(fields)),
    protocol: status === 101 ? acceptedUpgrade(fields, connection) : undefined,
  };
}

/** RFC 9110 8.6, RFC 9112 6.1: a 204 has no field that frames a body; who sends one may send the body as well. */
function saysBody(fields: Fields): boolean {
  return fields.has(FIELD.transferEncoding) || (fields.first(FIELD.contentLength) ?? "0") !== "0";
}

function hasControl(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && isOf(bytes[at] ?? 0, VALUE)) at++;
  return at < end;
}

/** RFC 9112 9.3. */
export function isPersistent(minorVersion: number, connection: ConnectionOptions): boolean {
  if (connection.isClose) return false;
  return minorVersion === 1 || connection.isKeepAlive;
}
