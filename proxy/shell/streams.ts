import type { UpstreamLimits } from "../core/app.ts";
import type { Peer } from "../core/client.ts";
import type { Service } from "../core/decide.ts";
import type { Failure } from "../core/failure.ts";
import type { Traffic } from "../core/traffic.ts";
import type { BodyLength, RequestHead, ResponseHead, Upgrade } from "../wire/message.ts";

// What an exchange sees of its two sides, whatever version of HTTP they speak.
// Bytes that one side brings are handed on at once; `flush` ends an event.

/** Where a connection came in. */
export type Origin = { readonly listenerName: string; readonly service: Service; readonly traffic: Traffic };

/** The client's side of an exchange. */
export interface ClientStream {
  readonly peer: Peer;
  readonly origin: Origin;
  /** `HTTP/1.1`, for the log. */
  readonly protocol: string;
  readonly bodyLength: BodyLength;
  /** Octets read and written on behalf of this exchange. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  sendInformational(head: ResponseHead): void;
  sendHead(head: ResponseHead, length: BodyLength): void;
  /**
   * Changes the protocol: from here on, both bodies are octets of it, until either side ends.
   *
   * @param idleMs  longest silence of both together
   */
  sendTunnelHead(head: ResponseHead, upgrade: Upgrade, idleMs: number): void;
  /** The octets `start` up to, not including, `end`. */
  sendBody(bytes: Buffer, start: number, end: number): void;
  /** The response is complete; the stream is the exchange's no longer. */
  endResponse(): void;
  /** False: hold the response until `onClientDrain`. */
  flush(): boolean;
  /** Lets the request's body come; it is held back until this is called. */
  resumeBody(): void;
  pauseBody(): void;
  /** Ends the connection so that the client can't take the response for complete. */
  cut(): void;
}

/** What the client's side tells an exchange. */
export interface ClientEvents {
  onRequestBody(bytes: Buffer, start: number, end: number): void;
  onRequestEnd(): void;
  onRequestFlush(): void;
  onClientDrain(): void;
  /** The connection is gone, its patience has ended, or its body broke the framing. */
  onClientGone(why: ClientEnd): void;
}

export type ClientEnd = "closed" | "timedOut" | "badBody";

/** The backend's side of one attempt. */
export interface BackendStream {
  readonly isReused: boolean;
  sendHead(head: RequestHead, length: BodyLength): void;
  /** The octets `start` up to, not including, `end`. */
  sendBody(bytes: Buffer, start: number, end: number): void;
  endRequest(): void;
  /** False: hold the request's body until `onBackendDrain`. */
  flush(): boolean;
  pause(): void;
  resume(): void;
  /** Gives the attempt up; no further event comes from it. */
  abandon(): void;
}

/** Where streams to one backend come from. */
export interface StreamSource {
  /** A connection for one request: an idle one if it may be reused, else a new one that is yet to be established. */
  take(events: BackendEvents, limits: UpstreamLimits, mayReuse: boolean): BackendStream;
  /** Closes what is idle now, and what is busy when it is no more. */
  close(): void;
}

/** What the backend's side tells an exchange. */
export interface BackendEvents {
  /** A new connection stands; one that {@link BackendStream.isReused} is ready from the start. */
  onBackendReady(): void;
  onInformational(head: ResponseHead): void;
  onResponseHead(head: ResponseHead, length: BodyLength): void;
  /** The protocol has changed; what follows, in both directions, are octets of it. */
  onTunnel(head: ResponseHead): void;
  onResponseBody(bytes: Buffer, start: number, end: number): void;
  onResponseEnd(): void;
  onResponseFlush(): void;
  onBackendDrain(): void;
  onBackendFailure(failure: Failure): void;
}
