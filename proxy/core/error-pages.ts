import { FIELD, fieldSet, isIn } from "../wire/field-names.ts";
import { Fields, fieldLine } from "../wire/fields.ts";
import type { Piece } from "../wire/pieces.ts";
import { buildErrorResponse, type LocalResponse, utf8Length } from "./local-response.ts";

// What clients get for errors of the proxy's own: a decent page, or the operator's
// errorfile, which is a whole response as HAProxy's are:
//
//   HTTP/1.0 503 Service Unavailable
//   Cache-Control: no-cache
//   Connection: close
//   Content-Type: text/html
//
//   <html>…

export type ErrorPages = ReadonlyMap<number, LocalResponse>;

/** @param files  text of a response by status, as config/error-file.ts has checked it */
export function compileErrorPages(files: Readonly<Record<string, string>>): ErrorPages {
  return new Map(Object.entries(files).map(([status, text]) => [Number(status), parseErrorFile(text)]));
}

/** Response for an error that the proxy itself finds. */
export function errorResponse(pages: ErrorPages, status: number): LocalResponse {
  return pages.get(status) ?? buildErrorResponse(status);
}

/** Said by whoever sends the response, about its connection and for its body. */
const OWN = fieldSet(FIELD.connection, FIELD.keepAlive, FIELD.contentLength, FIELD.transferEncoding, FIELD.date);

function parseErrorFile(text: string): LocalResponse {
  const blank = /\r?\n\r?\n/.exec(text);
  const head = blank === null ? text.trimEnd() : text.slice(0, blank.index);
  const body = blank === null ? "" : text.slice(blank.index + blank[0].length);
  const [statusLine = "", ...lines] = head.split(/\r?\n/);
  const [, status = "500", reason = ""] = /^HTTP\/1\.[01] ([0-9]{3}) ?(.*)$/.exec(statusLine) ?? [];
  const given = new Fields(lines.map((line) => `${line.trimEnd()}\r\n`));
  const kept: Piece[] = [fieldLine("Content-Length", String(utf8Length(body)))];
  for (let index = 0; index < given.count; index++)
    if (!isIn(OWN, given.id(index))) kept.push(given.run(index, index + 1));
  return { head: { status: Number(status), reason, fields: new Fields(kept) }, body };
}
