import { decodeConnection, HOP_BY_HOP } from "../wire/connection.ts";
import { setCookieName } from "../wire/cookie.ts";
import { FIELD, type FieldId, fieldSet, isIn } from "../wire/field-names.ts";
import { Fields, fieldLine } from "../wire/fields.ts";
import type { ResponseHead } from "../wire/message.ts";
import type { App } from "./app.ts";
import { type PublicPlace, publicReference, publicSetCookie } from "./prefix.ts";

const DROPPED = fieldSet(...HOP_BY_HOP);
const REWRITTEN = fieldSet(FIELD.location, FIELD.contentLocation, FIELD.setCookie);

/**
 * Head of the response as the client gets it.
 *
 * @param addedLines  what persistence adds (persistence.ts)
 * @param dateText  IMF-fixdate, used where the backend gave no Date (RFC 9110 6.6.1)
 */
export function buildDownstreamResponse(
  head: ResponseHead,
  app: App,
  place: PublicPlace,
  addedLines: string,
  dateText: string,
): ResponseHead {
  let lines = keptLines(head, app, place) + addedLines;
  if (!head.fields.has(FIELD.date)) lines += fieldLine("Date", dateText);
  return { status: head.status, reason: head.reason, fields: new Fields(lines) };
}

function keptLines(head: ResponseHead, app: App, place: PublicPlace): string {
  const { fields, status } = head;
  const nominated = fields.has(FIELD.connection) ? (decodeConnection(fields)?.nominated ?? []) : [];
  let lines = "";
  let runStart = 0;
  for (let index = 0; index < fields.count; index++) {
    const id = fields.id(index);
    const isChanged =
      isIn(REWRITTEN, id) ||
      isIn(DROPPED, id) ||
      (nominated.length > 0 && nominated.includes(fields.name(index).toLowerCase())) ||
      // RFC 9110 8.6: a 204 has no Content-Length.
      (status === 204 && id === FIELD.contentLength);
    if (!isChanged) continue;
    lines += fields.run(runStart, index);
    if (isIn(REWRITTEN, id)) lines += rewrittenLine(id, fields, index, app, place);
    runStart = index + 1;
  }
  return lines + fields.run(runStart, fields.count);
}

function rewrittenLine(id: FieldId, fields: Fields, index: number, app: App, place: PublicPlace): string {
  const value = fields.value(index);
  if (id === FIELD.setCookie) {
    // The cookie's name is ours: a backend that sets it too would unbind its own clients.
    if (app.cookie !== undefined && setCookieName(value) === app.cookie.name) return "";
    const path = app.isResponseRewritten ? publicSetCookie(value, place.prefix) : value;
    return path === value ? fields.run(index, index + 1) : fieldLine(fields.name(index), path);
  }
  const reference = app.isResponseRewritten ? publicReference(value, place) : value;
  return reference === value ? fields.run(index, index + 1) : fieldLine(fields.name(index), reference);
}
