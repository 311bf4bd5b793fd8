import { errorResponse } from "../core/error-pages.ts";
import { withHsts } from "../core/hsts.ts";
import { datedHead, type LocalResponse } from "../core/local-response.ts";
import type { Table } from "../core/table.ts";
import type { ClientStream } from "./streams.ts";

/** A response of the proxy's own; a status: with the page for it. */
export type LocalAnswer = LocalResponse | number;

/** @returns the status that the client got */
export function sendLocalAnswer(
  answer: LocalAnswer,
  client: ClientStream,
  method: string,
  table: Table,
  dateText: string,
): number {
  const response = typeof answer === "number" ? errorResponse(table.errorPages, answer) : answer;
  const bytes = Buffer.from(response.body);
  const { service } = client.origin;
  const isSecure = service.kind === "apps" && service.scheme === "https";
  client.sendHead(withHsts(datedHead(response, dateText), table.hstsLine, isSecure), bytes.length);
  if (method !== "HEAD") client.sendBody(bytes, 0, bytes.length);
  return response.head.status;
}
