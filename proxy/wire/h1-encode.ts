import type { BodyLength, RequestHead, ResponseHead, Upgrade } from "./message.ts";
import { UNKNOWN_LENGTH } from "./message.ts";

// Heads as HTTP/1.1 text (latin1). Content-Length is among the fields already;
// a body whose length is unknown goes in chunks.

/** Head of a request to a backend; the connection is meant to stay open. */
export function encodeRequest(head: RequestHead, body: BodyLength): string {
  const chunked = body === UNKNOWN_LENGTH ? "Transfer-Encoding: chunked\r\n" : "";
  const upgrade = head.upgrade === undefined ? "" : UPGRADE_LINES[head.upgrade];
  return `${head.method} ${head.path}${head.query} HTTP/1.1\r\n${head.fields.text}${chunked}${upgrade}\r\n`;
}

const UPGRADE_LINES: Readonly<Record<Upgrade, string>> = { websocket: "Connection: Upgrade\r\nUpgrade: websocket\r\n" };

/** What the response must say of the client's connection. */
export type ResponseConnection = "keep" | "keepHttp10" | "close" | Upgrade;

/** Head of a response to a client. */
export function encodeResponse(head: ResponseHead, isChunked: boolean, connection: ResponseConnection): string {
  const chunked = isChunked ? "Transfer-Encoding: chunked\r\n" : "";
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n${head.fields.text}${chunked}${CONNECTION_LINE[connection]}\r\n`;
}

const CONNECTION_LINE: Readonly<Record<ResponseConnection, string>> = {
  keep: "",
  keepHttp10: "Connection: keep-alive\r\n",
  close: "Connection: close\r\n",
  ...UPGRADE_LINES,
};
