import type { ConnectionOptions } from "./connection.ts";
import type { Framing } from "./framing.ts";
import { decodeRequestFields, type RequestFields } from "./h1-request-fields.ts";
import type { RawHead } from "./input.ts";
import type { RequestHead } from "./message.ts";
import { isTextAt, tokenEnd } from "./octets.ts";
import { normalisePath } from "./path.ts";
import type { Octets } from "./pieces.ts";
import { type Refusal, type RefusalReason, refuse } from "./refusal.ts";
import { decodeTarget, type Target, targetEnd } from "./target.ts";

// Head of an HTTP/1 request (RFC 9112 2, 3). Every octet is accounted for:
//
//   GET SP /path?query SP HTTP/1.1 CR LF
//   field lines                             h1-request-fields.ts
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

/**
 * Reads the heads of one connection.
 *
 * A client repeats its fields from request to request: what is the same as last time, octet for octet, is not read again.
 */
export class RequestDecoder {
  /** The end of the last head: its version, its fields. */
  #lastOctets: Octets = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  #last: RequestFields | undefined;

  /** Request of a complete head. */
  decode(raw: RawHead, fieldsMax: number): DecodedRequest | Refusal {
    const { bytes, start } = raw;
    const methodEnd = tokenEnd(bytes, start);
    if (methodEnd === start || bytes[methodEnd] !== SPACE) return refuse(400, "badRequestLine");
    const pathEnd = targetEnd(bytes, methodEnd + 1);
    if (bytes[pathEnd] !== SPACE) return refuse(400, lineFault(bytes, pathEnd));
    const minorVersion = minorVersionOf(bytes, pathEnd);
    if (typeof minorVersion !== "number") return minorVersion;
    const method = isTextAt(bytes, start, "GET ") ? "GET" : bytes.toString("latin1", start, methodEnd);
    // CONNECT asks for a tunnel and TRACE for an echo of what others may not see: not from here.
    if (method === "CONNECT" || method === "TRACE") return refuse(405, "badMethod");
    const target = decodeTarget(method, bytes.toString("latin1", methodEnd + 1, pathEnd));
    if (target === undefined) return refuse(400, "badTarget");
    const fields = this.#fieldsOf(raw, pathEnd, minorVersion, fieldsMax);
    return fields.ok ? assemble(method, target, minorVersion, fields) : fields;
  }

  /** @param versionAt  of the space before the version */
  #fieldsOf(
    { bytes, end }: RawHead,
    versionAt: number,
    minorVersion: number,
    fieldsMax: number,
  ): RequestFields | Refusal {
    if (this.#last !== undefined && isSame(this.#lastOctets, bytes, versionAt, end)) return this.#last;
    const fields = decodeRequestFields(
      bytes,
      versionAt + VERSION_LENGTH,
      end,
      minorVersion,
      fieldsMax,
      this.#last?.host,
    );
    this.#last = fields.ok ? fields : undefined;
    this.#lastOctets = { bytes, start: versionAt, end };
    return fields;
  }
}

function isSame(last: Octets, bytes: Buffer, start: number, end: number): boolean {
  return last.end - last.start === end - start && bytes.compare(last.bytes, last.start, last.end, start, end) === 0;
}

function assemble(
  method: string,
  target: Target,
  minorVersion: number,
  decoded: RequestFields,
): DecodedRequest | Refusal {
  const { fields, host, framing, connection, isContinueExpected } = decoded;
  // RFC 6455 4.1: the opening handshake is a GET.
  const upgrade = method === "GET" ? decoded.upgrade : undefined;
  if (target.kind === "asterisk") {
    const head = { method, authority: host ?? "", path: "*", query: "", fields, upgrade };
    return { ok: true, head, minorVersion, framing, connection, isContinueExpected };
  }
  // RFC 9112 3.2.2: an absolute target says the host; a Host that says another is an attack, not a preference.
  const isTorn = target.kind === "absolute" && host?.toLowerCase() !== target.authority.toLowerCase();
  if (isTorn && host !== undefined) return refuse(400, "badHost");
  const path = normalisePath(target.path);
  if (path === undefined) return refuse(400, "badPath");
  const authority = host ?? (target.kind === "absolute" ? target.authority : "");
  const head = { method, authority, path, query: target.query, fields, upgrade };
  return { ok: true, head, minorVersion, framing, connection, isContinueExpected };
}

function lineFault(bytes: Uint8Array, at: number): RefusalReason {
  return bytes[at] === CR ? "badRequestLine" : "badTarget";
}

/** The version with the space before it and the end of its line. */
const VERSION_LENGTH = " HTTP/1.1\r\n".length;

/** @param at  of the space before the version */
function minorVersionOf(bytes: Buffer, at: number): number | Refusal {
  if (isTextAt(bytes, at, " HTTP/1.1\r\n")) return 1;
  if (isTextAt(bytes, at, " HTTP/1.0\r\n")) return 0;
  const version = bytes.toString("latin1", at + 1, bytes.indexOf("\r\n", at));
  return /^HTTP\/[0-9]\.[0-9]$/.test(version) ? refuse(505, "badVersion") : refuse(400, "badRequestLine");
}
