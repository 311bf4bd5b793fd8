import type { BodyLength, RequestHead, ResponseHead, Upgrade } from "./message.ts";
import { UNKNOWN_LENGTH } from "./message.ts";
import type { PieceSink } from "./pieces.ts";

// Heads as HTTP/1.1. Content-Length is among the fields already; a body whose length
// is unknown goes in chunks.

const CHUNKED_LINE = "Transfer-Encoding: chunked\r\n";
const HEAD_END = "\r\n";
/** Nearly every response begins so. */
const OK_LINE = "HTTP/1.1 200 OK\r\n";

/** Head of a request to a backend; the connection is meant to stay open. */
export function encodeRequest(head: RequestHead, body: BodyLength, out: PieceSink): void {
  out.add(`${head.method} ${head.path}${head.query} HTTP/1.1\r\n`);
  for (const piece of head.fields.pieces) out.add(piece);
  if (body === UNKNOWN_LENGTH) out.add(CHUNKED_LINE);
  if (head.upgrade !== undefined) out.add(UPGRADE_LINES[head.upgrade]);
  out.add(HEAD_END);
}

const UPGRADE_LINES: Readonly<Record<Upgrade, string>> = { websocket: "Connection: Upgrade\r\nUpgrade: websocket\r\n" };

/** What the response must say of the client's connection. */
export type ResponseConnection = "keep" | "keepHttp10" | "close" | Upgrade;

/** Head of a response to a client. */
export function encodeResponse(
  { status, reason, fields }: ResponseHead,
  isChunked: boolean,
  connection: ResponseConnection,
  out: PieceSink,
): void {
  out.add(status === 200 && reason === "OK" ? OK_LINE : `HTTP/1.1 ${status} ${reason}\r\n`);
  for (const piece of fields.pieces) out.add(piece);
  if (isChunked) out.add(CHUNKED_LINE);
  out.add(CONNECTION_LINE[connection]);
  out.add(HEAD_END);
}

const CONNECTION_LINE: Readonly<Record<ResponseConnection, string>> = {
  keep: "",
  keepHttp10: "Connection: keep-alive\r\n",
  close: "Connection: close\r\n",
  ...UPGRADE_LINES,
};
