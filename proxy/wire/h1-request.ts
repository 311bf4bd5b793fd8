import { type ConnectionOptions, decodeConnection } from "./connection.ts";
import { scanFieldLines } from "./field-lines.ts";
import { FIELD, tokenEnd } from "./field-names.ts";
import { Fields } from "./fields.ts";
import { type Framing, requestFraming } from "./framing.ts";
import type { RequestHead } from "./message.ts";
import { normalisePath } from "./path.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { decodeTarget, isAuthority, type Target } from "./target.ts";

// Head of an HTTP/1 request (RFC 9112 2, 3). Every octet is accounted for:
//
//   GET SP /path?query SP HTTP/1.1 CR LF
//   field lines                             field-lines.ts
//   CR LF

/** A head, and what only this connection needs to know of it. */
export type DecodedRequest = {
  readonly ok: true;
  readonly head: RequestHead;
  readonly minorVersion: number;
  readonly framing: Framing;
  readonly connection: ConnectionOptions;
  /** Whether the client waits for 100 before it sends its body. */
  readonly isContinueExpected: boolean;
};

const SPACE = 0x20;

/**
 * Request of a complete head.
 *
 * @param text  latin1, ends with the empty line
 */
export function decodeRequest(text: string, fieldsMax: number): DecodedRequest | Refusal {
  const methodEnd = tokenEnd(text, 0);
  if (methodEnd === 0 || text.charCodeAt(methodEnd) !== SPACE) return refuse(400, "badRequestLine");
  const lineEnd = text.indexOf("\r\n", methodEnd);
  const targetEnd = text.indexOf(" ", methodEnd + 1);
  if (targetEnd < 0 || targetEnd > lineEnd) return refuse(400, "badRequestLine");
  const minorVersion = minorVersionOf(text.slice(targetEnd + 1, lineEnd));
  if (typeof minorVersion !== "number") return minorVersion;
  const method = text.slice(0, methodEnd);
  // CONNECT asks for a tunnel and TRACE for an echo of what others may not see: not from here.
  if (method === "CONNECT" || method === "TRACE") return refuse(405, "badMethod");
  const target = decodeTarget(method, text.slice(methodEnd + 1, targetEnd));
  if (target === undefined) return refuse(400, "badTarget");
  const lines = scanFieldLines(text, lineEnd + 2, fieldsMax);
  if (!lines.ok) return refuse(lines.fault === "tooManyFields" ? 431 : 400, lines.fault);
  return finish(method, target, minorVersion, new Fields(text, lines.marks, lines.present));
}

function finish(method: string, target: Target, minorVersion: number, fields: Fields): DecodedRequest | Refusal {
  const authority = authorityOf(target, fields, minorVersion);
  if (typeof authority !== "string") return authority;
  const framing = requestFraming(fields, minorVersion);
  if (isRefusal(framing)) return framing;
  const connection = decodeConnection(fields);
  if (connection === undefined) return refuse(400, "badConnection");
  const expect = fields.has(FIELD.expect) ? fields.all(FIELD.expect).join(",") : "";
  // RFC 9110 10.1.1: the one expectation there is; a lax reading of it has desynchronised proxies.
  if (expect !== "" && expect.toLowerCase() !== "100-continue") return refuse(417, "badExpectation");
  const isContinueExpected = expect !== "" && minorVersion === 1 && framing.kind !== "none";
  const path = target.kind === "asterisk" ? "*" : normalisePath(target.path);
  if (path === undefined) return refuse(400, "badPath");
  const query = target.kind === "asterisk" ? "" : target.query;
  const head = { method, authority, path, query, fields };
  return { ok: true, head, minorVersion, framing, connection, isContinueExpected };
}

/** RFC 9112 3.2: exactly one valid Host in HTTP/1.1; an absolute target must agree with it. */
function authorityOf(target: Target, fields: Fields, minorVersion: number): string | Refusal {
  const index = fields.find(FIELD.host, 0);
  if (index < 0) {
    if (minorVersion === 1) return refuse(400, "badHost");
    return target.kind === "absolute" ? target.authority : "";
  }
  const host = fields.value(index);
  if (fields.find(FIELD.host, index + 1) >= 0 || !isAuthority(host)) return refuse(400, "badHost");
  if (target.kind === "absolute" && target.authority.toLowerCase() !== host.toLowerCase())
    return refuse(400, "badHost");
  return host;
}

function minorVersionOf(text: string): number | Refusal {
  if (text === "HTTP/1.1") return 1;
  if (text === "HTTP/1.0") return 0;
  return /^HTTP\/[0-9]\.[0-9]$/.test(text) ? refuse(505, "badVersion") : refuse(400, "badRequestLine");
}
