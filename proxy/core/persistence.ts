import { FIELD } from "../wire/field-names.ts";
import { type Fields, fieldLine } from "../wire/fields.ts";
import type { ResponseHead } from "../wire/message.ts";
import type { App } from "./app.ts";
import { type Backend, isUsable } from "./backend.ts";

// HAProxy's `cookie NAME insert indirect nocache`, as it can be observed.

/** What became of the request's cookie; the letter is HAProxy's third one in its log. */
export type CookieFate = "none" | "valid" | "invalid" | "down";

/** Which backend a request is bound to, if any. */
export type Binding = { readonly fate: CookieFate; readonly backend: Backend | undefined };

export const NO_COOKIE: Binding = { fate: "none", backend: undefined };
const INVALID: Binding = { fate: "invalid", backend: undefined };
const DOWN: Binding = { fate: "down", backend: undefined };

/**
 * Binding of a cookie value.
 *
 * @param value  undefined when the request had no such cookie
 */
export function bindingOf(app: App, value: string | undefined): Binding {
  if (value === undefined || app.cookie === undefined) return NO_COOKIE;
  // HAProxy may append `|lastseen|firstseen`; the identity is what stands before.
  const bar = value.indexOf("|");
  const sharing = app.cookie.backends.get(bar < 0 ? value : value.slice(0, bar));
  if (sharing === undefined) return INVALID;
  const backend = sharing.find(({ state }) => isUsable(state));
  return backend === undefined ? DOWN : { fate: "valid", backend };
}

/**
 * Lines to add to a response: the cookie, when the request was not bound to the backend that answered.
 *
 * @param isDirect  the request's valid cookie led to this backend
 */
export function persistenceLines(
  app: App,
  backend: Backend,
  isDirect: boolean,
  isSecure: boolean,
  method: string,
  head: ResponseHead,
): string {
  const { cookie } = app;
  if (cookie === undefined || isDirect) return "";
  const attributes = isSecure ? cookie.secureAttributes : cookie.attributes;
  const line = fieldLine("Set-Cookie", `${cookie.name}=${backend.cookieValue}${attributes}`);
  // `nocache`: one user's cookie must not be replayed to others by a shared cache.
  return isCacheable(method, head) ? line + fieldLine("Cache-Control", "private") : line;
}

/** HAProxy's notion of a response that a shared cache might keep. */
function isCacheable(method: string, { status, fields }: ResponseHead): boolean {
  if (method === "POST" || !CACHEABLE_STATUS.has(status)) return false;
  if (fields.all(FIELD.pragma).some((value) => value.toLowerCase() === "no-cache")) return false;
  return !cacheDirectives(fields).some((directive) => UNCACHED.some((start) => directive.startsWith(start)));
}

const CACHEABLE_STATUS = new Set([200, 203, 206, 300, 301, 410]);
const UNCACHED = ["private", "no-cache", "no-store", "max-age=0", "s-maxage=0"];

function cacheDirectives(fields: Fields): string[] {
  return fields
    .all(FIELD.cacheControl)
    .flatMap((value) => value.toLowerCase().split(","))
    .map((directive) => directive.trim());
}
