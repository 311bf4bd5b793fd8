import { type ConnectionOptions, decodeConnection } from "./connection.ts";
import { scanFieldLines } from "./field-lines.ts";
import { FIELD } from "./field-names.ts";
import { Fields } from "./fields.ts";
import { type Framing, NO_BODY, responseFraming } from "./framing.ts";
import type { RawHead } from "./input.ts";
import type { ResponseHead, Upgrade } from "./message.ts";
import { decimalAt, isOf, isTextAt, VALUE } from "./octets.ts";
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

const STATUS_AT = "HTTP/1.1 ".length;
const STATUS_END = "HTTP/1.1 200".length;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

const PROTOCOL = "HTTP/1.";

/** Whether what has come of a head may still become a response; it is worth no waiting otherwise. */
export function mayBecomeResponse(bytes: Uint8Array, start: number): boolean {
  return isTextAt(bytes, start, PROTOCOL.slice(0, bytes.length - start));
}

/**
 * Response of a complete head of a backend.
 *
 * @param method  of the request: it decides whether a body follows
 */
export function decodeResponse(raw: RawHead, method: string, fieldsMax: number): DecodedResponse | Refusal {
  const { bytes, start, end } = raw;
  const minorVersion = isTextAt(bytes, start, "HTTP/1.1 ") ? 1 : 0;
  const status = decimalAt(bytes, start + STATUS_AT, start + STATUS_END);
  const reasonAt = start + STATUS_END;
  const lineEnd = valueEnd(bytes, reasonAt);
  const isLine =
    (minorVersion === 1 || isTextAt(bytes, start, "HTTP/1.0 ")) && (bytes[reasonAt] === SPACE || lineEnd === reasonAt);
  if (!isLine || status < 100 || bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF)
    return refuse(502, "badStatusLine");
  const reason = isTextAt(bytes, reasonAt, " OK\r\n") ? "OK" : bytes.toString("latin1", reasonAt + 1, lineEnd);
  const lines = scanFieldLines(bytes, lineEnd + 2, end, fieldsMax);
  if (!lines.ok) return refuse(502, lines.fault);
  const fields = new Fields(bytes, lines.marks, lines.present);
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

/** End of the run of octets that may stand in a reason. */
function valueEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isOf(bytes[at] ?? 0, VALUE)) at++;
  return at;
}

/** RFC 9112 9.3. */
export function isPersistent(minorVersion: number, connection: ConnectionOptions): boolean {
  if (connection.isClose) return false;
  return minorVersion === 1 || connection.isKeepAlive;
}
