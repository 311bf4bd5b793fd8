import { fieldLine } from "../wire/fields.ts";
import type { RequestHead } from "../wire/message.ts";
import { hostOf } from "../wire/target.ts";
import { type App, hasUsableBackend } from "./app.ts";
import { identifyClient, type Peer } from "./client.ts";
import { errorResponse } from "./error-pages.ts";
import { buildLocalResponse, buildRedirect, type LocalResponse } from "./local-response.ts";
import { type AppRequest, buildAppRequest } from "./request.ts";
import { selectRoute } from "./route.ts";
import type { Table } from "./table.ts";
import { traceOf } from "./trace.ts";

/** What a listener does with requests. */
export type Service =
  | { readonly kind: "apps"; readonly scheme: "http" | "https" }
  | { readonly kind: "redirect"; readonly status: number }
  | { readonly kind: "stats" };

/** What is to be done with a request. */
export type Decision =
  | { readonly kind: "forward"; readonly request: AppRequest }
  | { readonly kind: "stats" }
  | { readonly kind: "respond"; readonly response: LocalResponse; readonly app: App | undefined };

/** @param newHex  so many hexadecimal digits that nobody has had before */
export function decideRequest(
  table: Table,
  service: Service,
  head: RequestHead,
  peer: Peer,
  newHex: (digits: number) => string,
): Decision {
  // RFC 9110 9.3.7: `OPTIONS *` asks the server itself.
  if (head.path === "*") return respond(buildLocalResponse(200, "", "", fieldLine("Allow", ALLOWED)));
  if (service.kind === "stats") return { kind: "stats" };
  if (service.kind === "redirect") return respond(redirectToHttps(table, service.status, head));
  return decideForApp(table, service.scheme, head, peer, newHex);
}

const ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/** Moves `/app` to `/app/` for good, as a redirect to https does. */
const TO_SLASH_STATUS = 308;

function decideForApp(
  table: Table,
  scheme: "http" | "https",
  head: RequestHead,
  peer: Peer,
  newHex: (digits: number) => string,
): Decision {
  const route = selectRoute(table.router, head.authority, head.path);
  switch (route.kind) {
    case "none":
      return respond(errorResponse(table.errorPages, 404));
    case "toSlash":
      if (!table.proxy.redirectToSlash) return respond(errorResponse(table.errorPages, 404));
      return respond(buildRedirect(TO_SLASH_STATUS, route.location + head.query));
    case "app": {
      const { app, isPrefixed } = route;
      if (!hasUsableBackend(app)) return { kind: "respond", response: errorResponse(table.errorPages, 503), app };
      const client = identifyClient(head.fields, peer, scheme, head.authority, table.trusted);
      const request = buildAppRequest(
        head,
        app,
        isPrefixed,
        client,
        peer.last,
        traceOf(table.proxy.tracing, head.fields, newHex),
      );
      peer.last = request;
      return { kind: "forward", request };
    }
  }
}

function redirectToHttps(table: Table, status: number, head: RequestHead): LocalResponse {
  // Only HTTP/1.0 may come without Host, and then there is nowhere to send it.
  if (head.authority === "") return errorResponse(table.errorPages, 400);
  const port = table.httpsPort === undefined ? "" : `:${table.httpsPort}`;
  return buildRedirect(status, `https://${hostOf(head.authority)}${port}${head.path}${head.query}`);
}

function respond(response: LocalResponse): Decision {
  return { kind: "respond", response, app: undefined };
}
