import type { RequestHead } from "../wire/message.ts";
import type { CookieAnswer, CookieFate } from "./persistence.ts";

/** What the access log says of one exchange. */
export type AccessRecord = {
  /** When the first octet came, ms since 1970. */
  readonly epochMs: number;
  readonly client: string;
  /** Whose certificate the client has proved to own, where it was asked for one. */
  readonly clientCertificate: string | undefined;
  readonly listener: string;
  readonly protocol: string;
  readonly head: RequestHead | undefined;
  readonly app: string | undefined;
  readonly backend: string | undefined;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Head complete, backend chosen, backend connected, response head there, all done: ms since the first octet; -1: not reached. */
  readonly requestMs: number;
  readonly queueMs: number;
  readonly connectMs: number;
  readonly responseMs: number;
  readonly totalMs: number;
  readonly retries: number;
  /** Another backend answered than the first that was tried. */
  readonly hasMoved: boolean;
  /** The connection is encrypted. */
  readonly isSecure: boolean;
  /** Under way at the end, this one included: connections of the worker and the listener, requests of app and backend. */
  readonly concurrency: {
    readonly connections: number;
    readonly listener: number;
    readonly app: number;
    readonly backend: number;
  };
  /** Requests that waited before this one, for the same backend and for any. */
  readonly ahead: { readonly backend: number; readonly app: number };
  readonly cookie: CookieFate;
  /** Undefined where the app has no persistence. */
  readonly cookieAnswer: CookieAnswer | undefined;
  readonly requestId: string | undefined;
  /** HAProxy's two letters (termination.ts). */
  readonly termination: string;
  /** Why the request was refused, where it was. */
  readonly because: string | undefined;
};

/** A text in JSON. */
export function quote(text: string | undefined): string {
  return text === undefined ? "null" : JSON.stringify(text);
}

/** To the tenth of a millisecond: more would pretend to an exactness that no event loop has. */
export function round(ms: number): number {
  return ms < 0 ? -1 : Math.round(ms * 10) / 10;
}
