import { HOP_BY_HOP } from "../wire/connection.ts";
import { fitCookieDomain, setCookieName } from "../wire/cookie.ts";
import { FIELD, type FieldId, fieldSet, isIn } from "../wire/field-names.ts";
import { Fields, fieldLine } from "../wire/fields.ts";
import type { ResponseHead } from "../wire/message.ts";
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
  let lines = keptLines(fields, touched, app, place) + addedLines;
  // A policy of its own: it narrows what the app's own say, and never widens it.
  if (app.isInsecureUpgraded && place.scheme === "https" && isHtml(fields)) {
    lines += fieldLine("Content-Security-Policy", "upgrade-insecure-requests");
  }
  if (!fields.has(FIELD.date)) lines += fieldLine("Date", dateText);
  return { status, reason, fields: new Fields(lines) };
}

function keptLines(fields: Fields, touched: number, app: App, place: PublicPlace): string {
  if ((fields.present & touched) === 0) return fields.text;
  let lines = "";
  let runStart = 0;
  for (let index = 0; index < fields.count; index++) {
    const id = fields.id(index);
    if (!isIn(touched, id)) continue;
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
    const own = app.isCookieDomainFitted ? fitCookieDomain(value, hostOf(place.authority)) : value;
    const path = app.isResponseRewritten ? publicSetCookie(own, place.prefix) : own;
    return path === value ? fields.run(index, index + 1) : fieldLine(fields.name(index), path);
  }
  const reference = app.isResponseRewritten ? publicValue(id, value, place) : value;
  return reference === value ? fields.run(index, index + 1) : fieldLine(fields.name(index), reference);
}

function publicValue(id: FieldId, value: string, place: PublicPlace): string {
  if (id === FIELD.refresh) return publicRefresh(value, place);
  return id === FIELD.link ? publicLink(value, place) : publicReference(value, place);
}
