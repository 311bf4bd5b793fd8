import { type ConnectionOptions, HOP_BY_HOP } from "../wire/connection.ts";
import { takeCookie } from "../wire/cookie.ts";
import { FIELD, fieldSet, isIn } from "../wire/field-names.ts";
import { Fields, fieldLine } from "../wire/fields.ts";
import type { RequestHead } from "../wire/message.ts";
import type { App } from "./app.ts";
import type { Backend } from "./backend.ts";
import type { Client } from "./client.ts";

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

/** A request on its way to an app. */
export type AppRequest = {
  readonly head: RequestHead;
  readonly app: App;
  /** Whether the path starts with the app's prefix. */
  readonly isPrefixed: boolean;
  readonly client: Client;
  readonly connection: ConnectionOptions;
};

/** The prefix that is taken from the request and put back into the response; `/` for none. */
export function strippedPrefix({ app, isPrefixed }: AppRequest): string {
  return app.isPrefixStripped && isPrefixed ? app.prefix : "/";
}

/** Value of the app's persistence cookie in a request. */
export function persistenceValue(fields: Fields, app: App): string | undefined {
  if (app.cookie === undefined) return undefined;
  for (let index = fields.find(FIELD.cookie, 0); index >= 0; index = fields.find(FIELD.cookie, index + 1)) {
    const taken = takeCookie(fields.value(index), app.cookie.name);
    if (taken !== undefined) return taken.value;
  }
  return undefined;
}

/** Head of the request as the backend gets it. */
export function buildUpstreamRequest(request: AppRequest, backend: Backend): RequestHead {
  const { head, client } = request;
  const prefix = strippedPrefix(request);
  let lines = keptLines(request);
  // RFC 9112 3.2: every HTTP/1.1 request has a Host; a client of HTTP/1.0 may have given none.
  if (!head.fields.has(FIELD.host))
    lines += fieldLine("Host", head.authority === "" ? backend.address : head.authority);
  lines += fieldLine("X-Forwarded-For", client.forwardedFor);
  lines += fieldLine("X-Forwarded-Proto", client.scheme);
  if (client.authority !== "") lines += fieldLine("X-Forwarded-Host", client.authority);
  if (prefix !== "/") lines += fieldLine("X-Forwarded-Prefix", prefix.slice(0, -1));
  return {
    method: head.method,
    authority: head.authority,
    path: head.path.slice(prefix.length - 1),
    query: head.query,
    fields: new Fields(lines),
  };
}

function keptLines({ head, app, connection }: AppRequest): string {
  const { fields } = head;
  let lines = "";
  let runStart = 0;
  for (let index = 0; index < fields.count; index++) {
    const id = fields.id(index);
    if (id === FIELD.cookie && app.cookie !== undefined) {
      const taken = takeCookie(fields.value(index), app.cookie.name);
      if (taken === undefined) continue;
      lines += fields.run(runStart, index);
      if (taken.rest !== "") lines += fieldLine(fields.name(index), taken.rest);
      runStart = index + 1;
    } else if (isIn(DROPPED, id) || isNominated(connection, fields, index)) {
      lines += fields.run(runStart, index);
      runStart = index + 1;
    }
  }
  return lines + fields.run(runStart, fields.count);
}

function isNominated({ nominated }: ConnectionOptions, fields: Fields, index: number): boolean {
  return nominated.length > 0 && nominated.includes(fields.name(index).toLowerCase());
}
