import { FIELD } from "./field-names.ts";
import type { Fields } from "./fields.ts";
import { type BodyLength, UNKNOWN_LENGTH } from "./message.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";

/** How the end of an HTTP/1 body is found (RFC 9112 6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "untilClose" };

export const NO_BODY: Framing = { kind: "none" };
const CHUNKED: Framing = { kind: "chunked" };
const UNTIL_CLOSE: Framing = { kind: "untilClose" };

/** Octets of a body that is framed so. */
export function bodyLengthOf(framing: Framing): BodyLength {
  if (framing.kind === "none") return 0;
  return framing.kind === "length" ? framing.bytes : UNKNOWN_LENGTH;
}

/** Framing of a request; never guessed from its method. */
export function requestFraming(fields: Fields, minorVersion: number): Framing | Refusal {
  const hasTransferEncoding = fields.has(FIELD.transferEncoding);
  if (!hasTransferEncoding && !fields.has(FIELD.contentLength)) return NO_BODY;
  if (!hasTransferEncoding) return lengthOf(fields, 400);
  // RFC 9112 6.1: faulty in HTTP/1.0; 6.3: both fields are an attack until proven otherwise.
  if (minorVersion === 0 || fields.has(FIELD.contentLength)) return refuse(400, "badTransferEncoding");
  return transferEncodingOf(fields, 400);
}

/** Framing of a final response to a request with this method. */
export function responseFraming(
  fields: Fields,
  minorVersion: number,
  status: number,
  method: string,
): Framing | Refusal {
  const hasTransferEncoding = fields.has(FIELD.transferEncoding);
  if (hasTransferEncoding && (minorVersion === 0 || fields.has(FIELD.contentLength))) {
    return refuse(502, "badTransferEncoding");
  }
  const length = fields.has(FIELD.contentLength) ? lengthOf(fields, 502) : UNTIL_CLOSE;
  if (isRefusal(length)) return length; // a wrong length is refused even where it frames nothing
  if (method === "HEAD" || status === 204 || status === 304) return NO_BODY;
  return hasTransferEncoding ? transferEncodingOf(fields, 502) : length;
}

/** One length, no sign, no list, no leading zero, below 2^53: every other reading has split two parsers before. */
function lengthOf(fields: Fields, status: number): Framing | Refusal {
  const index = fields.find(FIELD.contentLength, 0);
  const bytes = fields.decimal(index);
  const isAlone = fields.find(FIELD.contentLength, index + 1) < 0;
  if (!isAlone || bytes < 0) return refuse(status, "badContentLength");
  return bytes === 0 ? NO_BODY : { kind: "length", bytes };
}

function transferEncodingOf(fields: Fields, status: number): Framing | Refusal {
  const values = fields.all(FIELD.transferEncoding);
  const [value = ""] = values;
  if (values.length === 1 && value.toLowerCase() === "chunked") return CHUNKED;
  const codings = values.join(",").split(",");
  const isMalformed = codings.some((coding) => !/^[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*$/.test(coding));
  const chunked = codings.filter((coding) => coding.trim().toLowerCase() === "chunked").length;
  if (isMalformed || chunked > 1) return refuse(status, "badTransferEncoding");
  // RFC 9112 6.1: a coding we don't know is "not implemented"; a backend has no excuse.
  return refuse(status === 400 ? 501 : status, "unknownTransferCoding");
}
