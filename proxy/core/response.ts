import { HOP_BY_HOP } from "../wire/connection.ts";
import { fitCookieDomain, setsCookie } from "../wire/cookie.ts";
import { FIELD, type FieldId, fieldSet, isIn } from "../wire/field-names.ts";
import { Fields, fieldLine } from "../wire/fields.ts";
import type { ResponseHead } from "../wire/message.ts";
import type { Piece } from "../wire/pieces.ts";
import { hostOf } from "../wire/target.ts";
import type { App } from "./app.ts";
import { isHtml } from "./page.ts";
import { type PublicPlace, publicReference, publicSetCookie } from "./prefix.ts";
import { publicLink, publicRefresh } from "./reference-fields.ts";

const REWRITTEN = fieldSet(FIELD.location, FIELD.contentLocation, FIELD.refresh, FIELD.link, FIELD.setCookie);
const TOUCHED = fieldSet(...HOP_BY_HOP) | REWRITTEN;

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
  const { status, reason, fields } = head;
  // RFC 9110 8.6: a 204 has no Content-Length.
  const touched = status === 204 ? TOUCHED | fieldSet(FIELD.contentLength) : TOUCHED;
  const lines = keptLines(fields, touched, app, place);
  if (addedLines !== "") lines.push(addedLines);
  // A policy of its own: it narrows what the app's own say, and never widens it.
  if (app.isInsecureUpgraded && place.scheme === "https" && isHtml(fields)) {
    lines.push(fieldLine("Content-Security-Policy", "upgrade-insecure-requests"));
  }
  if (!fields.has(FIELD.date)) lines.push(fieldLine("Date", dateText));
  return { status, reason, fields: new Fields(lines) };
}

function keptLines(fields: Fields, touched: number, app: App, place: PublicPlace): Piece[] {
  const { count } = fields;
  if ((fields.present & touched) === 0) return [fields.run(0, count)];
  const lines: Piece[] = [];
  let runStart = 0;
  for (let index = 0; index < count; index++) {
    const id = fields.id(index);
    if (!isIn(touched, id)) continue;
    const value = isIn(REWRITTEN, id) ? rewrittenValue(id, fields.value(index), app, place) : undefined;
    if (value !== undefined) lines.push(fields.runToValue(runStart, index), `${value}\r\n`);
    else if (runStart < index) lines.push(fields.run(runStart, index));
    runStart = index + 1;
  }
  if (runStart < count) lines.push(fields.run(runStart, count));
  return lines;
}

/** @returns undefined when the line is not for the client */
function rewrittenValue(id: FieldId, value: string, app: App, place: PublicPlace): string | undefined {
  if (id !== FIELD.setCookie) return app.isResponseRewritten ? publicValue(id, value, place) : value;
  // The cookie's name is ours: a backend that sets it too would unbind its own clients.
  if (app.cookie !== undefined && setsCookie(value, app.cookie.name)) return undefined;
  const own = app.isCookieDomainFitted ? fitCookieDomain(value, hostOf(place.authority)) : value;
  return app.isResponseRewritten ? publicSetCookie(own, place.prefix) : own;
}

function publicValue(id: FieldId, value: string, place: PublicPlace): string {
  if (id === FIELD.refresh) return publicRefresh(value, place);
  return id === FIELD.link ? publicLink(value, place) : publicReference(value, place);
}
