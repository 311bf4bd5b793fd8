import { cookieDateS, decodeCookieDate, encodeCookieDate } from "../wire/cookie-date.ts";
import { FIELD } from "../wire/field-names.ts";
import { type Fields, fieldLine } from "../wire/fields.ts";
import type { ResponseHead } from "../wire/message.ts";
import type { App, PersistenceCookie } from "./app.ts";
import { type Backend, isUsable } from "./backend.ts";

// HAProxy's `cookie NAME insert indirect nocache [maxidle] [maxlife]`, as it can be observed.

/** What became of the request's cookie; HAProxy's third letter in its log is made of it. */
export type CookieFate = "none" | "valid" | "invalid" | "down" | "expired" | "old";

/** Which backend a request is bound to, if any. */
export type Binding = {
  readonly fate: CookieFate;
  readonly backend: Backend | undefined;
  /** When the cookie says that it was last and first seen, s since 1970. */
  readonly lastS: number | undefined;
  readonly firstS: number | undefined;
};

const unbound = (fate: CookieFate): Binding => ({ fate, backend: undefined, lastS: undefined, firstS: undefined });
export const NO_COOKIE = unbound("none");
const INVALID = unbound("invalid");
const DOWN = unbound("down");
const EXPIRED = unbound("expired");
const OLD = unbound("old");

/** A date that lies further in the future is not believed: HAProxy's margin. */
const FUTURE_S_MAX = 86_400;

/**
 * Binding of a cookie value.
 *
 * @param value  undefined when the request had no such cookie
 * @param nowS  since 1970
 */
export function bindingOf({ cookie }: App, value: string | undefined, nowS: number): Binding {
  if (value === undefined || cookie === undefined) return NO_COOKIE;
  // Most values have no dates; splitting every one of them would cost each request.
  if (!value.includes("|")) return boundTo(cookie, value, undefined, undefined);
  const [identity = "", last, first] = value.split("|", 3);
  const lastS = believed(last, nowS, cookie.maxIdleS);
  const firstS = believed(first, nowS, cookie.maxLifeS);
  if (lastS !== undefined && nowS - lastS > cookie.maxIdleS) return EXPIRED;
  if (firstS !== undefined && nowS - firstS > cookie.maxLifeS) return OLD;
  return boundTo(cookie, identity, lastS, firstS);
}

function boundTo(
  { backends }: PersistenceCookie,
  identity: string,
  lastS: number | undefined,
  firstS: number | undefined,
): Binding {
  const sharing = backends.get(identity);
  if (sharing === undefined) return INVALID;
  const backend = sharing.find(({ state }) => isUsable(state));
  return backend === undefined ? DOWN : { fate: "valid", backend, lastS, firstS };
}

/** A date that no limit is held against is there to be taken out: it need not be believed. */
function believed(text: string | undefined, nowS: number, limitS: number): number | undefined {
  const dateS = text === undefined ? undefined : decodeCookieDate(text);
  if (dateS === undefined || !Number.isFinite(limitS)) return dateS;
  return dateS > nowS + FUTURE_S_MAX ? undefined : dateS;
}

/** What is done about a response's cookie; HAProxy's fourth letter is made of it. */
export type CookieAnswer = "none" | "inserted" | "updated" | "deleted";

export function cookieAnswerOf({ cookie }: App, backend: Backend, binding: Binding, nowS: number): CookieAnswer {
  if (cookie === undefined) return "none";
  if (binding.backend === backend) return isOutdated(cookie, binding, nowS) ? "updated" : "none";
  return backend.isCookieless ? "deleted" : "inserted";
}

/** Whether the dates of a valid cookie are to be written anew. */
function isOutdated({ maxIdleS, maxLifeS }: PersistenceCookie, { lastS, firstS }: Binding, nowS: number): boolean {
  const hasLife = Number.isFinite(maxLifeS);
  if (hasLife !== (firstS !== undefined)) return true;
  return lastS === undefined ? Number.isFinite(maxIdleS) : lastS < cookieDateS(nowS);
}

/**
 * Lines to add to a response: the cookie, when the request was not bound to the backend that answered, or its dates are old.
 *
 * @param nowS  since 1970
 */
export function persistenceLines(
  app: App,
  backend: Backend,
  binding: Binding,
  isSecure: boolean,
  method: string,
  head: ResponseHead,
  nowS: number,
): string {
  const { cookie } = app;
  const answer = cookieAnswerOf(app, backend, binding, nowS);
  if (cookie === undefined || answer === "none") return "";
  const line = fieldLine("Set-Cookie", `${cookie.name}=${setting(cookie, backend, binding, answer, isSecure, nowS)}`);
  // `nocache`: one user's cookie must not be replayed to others by a shared cache.
  return isCacheable(method, head) ? line + fieldLine("Cache-Control", "private") : line;
}

function setting(
  cookie: PersistenceCookie,
  backend: Backend,
  { firstS }: Binding,
  answer: CookieAnswer,
  isSecure: boolean,
  nowS: number,
): string {
  const attributes = isSecure ? cookie.secureAttributes : cookie.attributes;
  // A backend without a cookie: the client is to forget the one that led elsewhere.
  if (answer === "deleted") return `; Expires=Thu, 01-Jan-1970 00:00:01 GMT${attributes}`;
  const hasLife = Number.isFinite(cookie.maxLifeS);
  if (!hasLife && !Number.isFinite(cookie.maxIdleS)) return backend.cookieValue + attributes;
  const first = hasLife ? `|${encodeCookieDate(answer === "updated" ? (firstS ?? nowS) : nowS)}` : "";
  return `${backend.cookieValue}|${encodeCookieDate(nowS)}${first}${attributes}`;
}

/**
 * Whether a shared cache might keep a response (RFC 9111 3), as HAProxy 2 sees it.
 *
 * HAProxy asks for a validator or an age as well; caches do not.
 */
function isCacheable(method: string, { status, fields }: ResponseHead): boolean {
  const directives = cacheDirectives(fields);
  if (directives.some((directive) => UNCACHED.has(directive))) return false;
  if (fields.all(FIELD.pragma).some((value) => value.toLowerCase() === "no-cache")) return false;
  return directives.some((directive) => CACHED.test(directive)) || (method !== "POST" && CACHEABLE_STATUS.has(status));
}

/** RFC 9110 15.1: what caches keep unless they are told otherwise. */
const CACHEABLE_STATUS = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);
/** Without an argument: `private="x"` is about one field only. */
const UNCACHED = new Set(["private", "no-cache", "no-store", "max-age=0", "s-maxage=0"]);
const CACHED = /^(?:public$|max-age=|s-maxage=)/;

function cacheDirectives(fields: Fields): string[] {
  return fields
    .all(FIELD.cacheControl)
    .flatMap((value) => value.toLowerCase().split(","))
    .map((directive) => directive.trim());
}
