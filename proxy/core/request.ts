import { HOP_BY_HOP } from "../wire/connection.ts";
import { takeCookie } from "../wire/cookie.ts";
import { FIELD, fieldSet, isIn } from "../wire/field-names.ts";
import { Fields, fieldLine } from "../wire/fields.ts";
import type { RequestHead } from "../wire/message.ts";
import type { Piece } from "../wire/pieces.ts";
import type { App } from "./app.ts";
import type { Backend } from "./backend.ts";
import { type Client, forwardedLine } from "./client.ts";
import type { Trace } from "./trace.ts";

/** Never passed on: one hop's business, or claims that only we may make (RFC 9110 7.6.1). */
const DROPPED = fieldSet(
  ...HOP_BY_HOP,
  FIELD.unsafe,
  FIELD.expect,
  FIELD.xForwardedFor,
  FIELD.xForwardedProto,
  FIELD.xForwardedHost,
  FIELD.xForwarded,
  FIELD.forwarded,
  FIELD.xRealIp,
);
const COOKIE = fieldSet(FIELD.cookie);

/** A request on its way to an app. */
export type AppRequest = {
  readonly head: RequestHead;
  readonly app: App;
  /** The prefix that is taken from the request and put back into the response; `/` for none. */
  readonly prefix: string;
  readonly client: Client;
  /** Value of the app's persistence cookie. */
  readonly persistence: string | undefined;
  /** As every backend gets them, but for a Host that the client may not have given, and the trace. */
  readonly passed: Fields;
  readonly trace: Trace;
};

/** What the choice of a backend depends on: of a request, or of a connection that is carried as it is. */
export type Asking = Pick<AppRequest, "app" | "head"> & { readonly client: Pick<Client, "address"> };

/**
 * @param isPrefixed  whether the path starts with the app's prefix
 * @param last  the request before on the same connection: what it had in common with this one is taken over
 */
export function buildAppRequest(
  head: RequestHead,
  app: App,
  isPrefixed: boolean,
  client: Client,
  last: AppRequest | undefined,
  trace: Trace,
): AppRequest {
  const prefix = app.isPrefixStripped && isPrefixed ? app.prefix : "/";
  if (last?.head.fields === head.fields && last.app === app && last.client === client && last.prefix === prefix) {
    return { head, app, prefix, client, persistence: last.persistence, passed: last.passed, trace };
  }
  const { kept, persistence } = sift(head.fields, app.cookie?.name);
  const lines = app.isHtmlRewritten ? askingPlain(kept) : kept;
  if (app.hasForwarded) lines.push(forwardedLine(client));
  lines.push(client.forwardedLines);
  if (prefix !== "/") lines.push(app.prefixLine);
  return { head, app, prefix, client, persistence, passed: new Fields(lines), trace };
}

/** Head of the request as the backend gets it. */
export function buildUpstreamRequest(request: AppRequest, backend: Backend): RequestHead {
  const { head, app, prefix } = request;
  const { method, authority, path, query } = head;
  const upgrade = app.hasWebsocket ? head.upgrade : undefined;
  return {
    method,
    authority,
    path: path.slice(prefix.length - 1),
    query,
    fields: upstreamFields(request, backend),
    upgrade,
  };
}

function upstreamFields({ head, passed, trace }: AppRequest, backend: Backend): Fields {
  const { fields, authority } = head;
  if (fields.has(FIELD.host) && trace.lines === "") return passed;
  // RFC 9112 3.2: every HTTP/1.1 request has a Host; a client of HTTP/1.0 may have given none.
  const host = fields.has(FIELD.host) ? "" : fieldLine("Host", authority === "" ? backend.address : authority);
  const rest = trace.isForeign ? passed.without("traceparent") : passed;
  return new Fields([host, ...rest.pieces, trace.lines]);
}

/** What decides about the backend of an app that balances by hash; undefined when the request has no such field. */
export function hashKeyOf({ app, client, head }: Asking): string | undefined {
  const { algorithm, hashOn, hashField } = app.balance;
  if (algorithm !== "hash") return undefined;
  switch (hashOn) {
    case "source":
      return client.address;
    case "uri":
      return head.path;
    case "field":
      return hashField === undefined ? undefined : head.fields.firstNamed(hashField.toLowerCase());
  }
}

/** Lines that ask for whole pages which can be read. */
function askingPlain(lines: readonly Piece[]): Piece[] {
  const rest = new Fields(lines).without("accept-encoding").without("range").without("if-range");
  return [...rest.pieces, fieldLine("Accept-Encoding", "identity")];
}

type Sifted = { readonly kept: Piece[]; readonly persistence: string | undefined };

/** Lines that are passed on, and the persistence cookie that was taken out of them. */
function sift(fields: Fields, cookieName: string | undefined): Sifted {
  const touched = cookieName === undefined ? DROPPED : DROPPED | COOKIE;
  const { count } = fields;
  if ((fields.present & touched) === 0) return { kept: [fields.run(0, count)], persistence: undefined };
  const kept: Piece[] = [];
  let persistence: string | undefined;
  let runStart = 0;
  for (let index = 0; index < count; index++) {
    const id = fields.id(index);
    if (id === FIELD.cookie && cookieName !== undefined) {
      const taken = takeCookie(fields.value(index), cookieName);
      if (taken === undefined) continue;
      persistence ??= taken.value;
      if (taken.rest !== "") kept.push(fields.runToValue(runStart, index), `${taken.rest}\r\n`);
      else if (runStart < index) kept.push(fields.run(runStart, index));
      runStart = index + 1;
    } else if (isIn(DROPPED, id)) {
      if (runStart < index) kept.push(fields.run(runStart, index));
      runStart = index + 1;
    }
  }
  if (runStart < count) kept.push(fields.run(runStart, count));
  return { kept, persistence };
}
