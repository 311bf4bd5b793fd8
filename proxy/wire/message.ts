import type { Fields } from "./fields.ts";

// Heads as values that know nothing of their wire version: what HTTP/1.1 and any
// later codec decode into and encode from.

export type RequestHead = {
  readonly method: string;
  /** Host and port the client asked for, as given; empty when it named none. */
  readonly authority: string;
  /** In normal form (path.ts): what is routed on is what is sent. `*` for the asterisk form. */
  readonly path: string;
  /** Query with its leading `?`, or empty. */
  readonly query: string;
  readonly fields: Fields;
  /** Protocol that the connection is to change to, asked for in due form. */
  readonly upgrade: Upgrade | undefined;
};

/** Protocols that may take a connection over; `h2c` and all others have only ever smuggled requests past proxies. */
export type Upgrade = "websocket";

export type ResponseHead = {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
};

/** Octets of a body: a count, 0 for none, or {@link UNKNOWN_LENGTH} when only its end will tell. */
export type BodyLength = number;
export const UNKNOWN_LENGTH: BodyLength = -1;

/** Methods that may be sent twice (RFC 9110 9.2.2). */
export function isIdempotent(method: string): boolean {
  switch (method) {
    case "GET":
    case "HEAD":
    case "OPTIONS":
    case "PUT":
    case "DELETE":
    case "TRACE":
      return true;
    default:
      return false;
  }
}
