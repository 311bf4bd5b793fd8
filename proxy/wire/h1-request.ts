import { type ConnectionOptions, decodeConnection } from "./connection.ts";
import { scanFieldLines } from "./field-lines.ts";
import { FIELD } from "./field-names.ts";
import { Fields } from "./fields.ts";
import { type Framing, requestFraming } from "./framing.ts";
import type { RawHead } from "./input.ts";
import type { RequestHead } from "./message.ts";
import { tokenEnd } from "./octets.ts";
import { normalisePath } from "./path.ts";
import { isRefusal, type Refusal, type RefusalReason, refuse } from "./refusal.ts";
import { decodeTarget, isAuthority, type Target, targetEnd } from "./target.ts";

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

const CR = 0x0d;
const SPACE = 0x20;

/** Request of a complete head. */
export function decodeRequest(head: RawHead, fieldsMax: number): DecodedRequest | Refusal {
  const { bytes, start, end, text } = head;
  const methodEnd = tokenEnd(bytes, start);
  if (methodEnd === start || bytes[methodEnd] !== SPACE) return refuse(400, "badRequestLine");
  const pathEnd = targetEnd(bytes, methodEnd + 1);
  if (bytes[pathEnd] !== SPACE) return refuse(400, lineFault(bytes, pathEnd));
  const lineEnd = text.indexOf("\r\n", pathEnd - start);
  const minorVersion = minorVersionOf(text, pathEnd - start, lineEnd);
  if (typeof minorVersion !== "number") return minorVersion;
  const method = text.startsWith("GET ") ? "GET" : text.slice(0, methodEnd - start);
  // CONNECT asks for a tunnel and TRACE for an echo of what others may not see: not from here.
  if (method === "CONNECT" || method === "TRACE") return refuse(405, "badMethod");
  const target = decodeTarget(method, text.slice(methodEnd - start + 1, pathEnd - start));
  if (target === undefined) return refuse(400, "badTarget");
  const lines = scanFieldLines(bytes, start, start + lineEnd + 2, end, fieldsMax);
  if (!lines.ok) return refuse(lines.fault === "tooManyFields" ? 431 : 400, lines.fault);
  return finish(method, target, minorVersion, new Fields(text, lines.marks, lines.present));
}

function lineFault(bytes: Uint8Array, at: number): RefusalReason {
  return bytes[at] === CR ? "badRequestLine" : "badTarget";
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
  const { nominated } = connection;
  const marked = nominated.length === 0 ? fields : fields.markHopByHop(nominated);
  const head = { method, authority, path, query, fields: marked };
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

/** @param at  of the space before the version */
function minorVersionOf(text: string, at: number, lineEnd: number): number | Refusal {
  if (text.startsWith(" HTTP/1.1\r\n", at)) return 1;
  const version = text.slice(at + 1, lineEnd);
  if (version === "HTTP/1.0") return 0;
  return /^HTTP\/[0-9]\.[0-9]$/.test(version) ? refuse(505, "badVersion") : refuse(400, "badRequestLine");
}
