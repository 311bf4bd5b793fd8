import type { ResponseHead } from "../wire/message.ts";
import type { Backend } from "./backend.ts";
import { withHsts } from "./hsts.ts";
import { type Binding, persistenceLines } from "./persistence.ts";
import type { AppRequest } from "./request.ts";
import { buildDownstreamResponse } from "./response.ts";

/** Head of a final response as the client gets it: rewritten, and with the cookie that binds it to its backend. `nowS`: since 1970; `hsts`: hsts.ts. */
export function buildClientHead(
  request: AppRequest,
  backend: Backend,
  binding: Binding,
  head: ResponseHead,
  texts: { readonly date: string; readonly hsts: string },
  nowS: number,
): ResponseHead {
  const isSecure = request.client.scheme === "https";
  const added = persistenceLines(request.app, backend, binding, isSecure, request.head.method, head, nowS);
  return withHsts(buildInterimHead(request, backend, head, added, texts.date), texts.hsts, isSecure);
}

/** Head of an interim response: rewritten, and nothing else. */
export function buildInterimHead(
  { app, client, prefix }: AppRequest,
  backend: Backend,
  head: ResponseHead,
  addedLines: string,
  dateText: string,
): ResponseHead {
  const { scheme, authority } = client;
  return buildDownstreamResponse(
    head,
    app,
    { prefix, scheme, authority, backendAddress: backend.address },
    addedLines,
    dateText,
  );
}
