import type { Socket } from "node:net";
import type { Peer } from "../core/client.ts";
import { Pace } from "../core/pace.ts";
import { BodyDecoder } from "../wire/body.ts";
import { CHUNK_TAIL, chunkHead, LAST_CHUNK } from "../wire/chunked.ts";
import { bodyLengthOf } from "../wire/framing.ts";
import { encodeResponse, type ResponseConnection } from "../wire/h1-encode.ts";
import type { DecodedRequest } from "../wire/h1-request.ts";
import { isPersistent } from "../wire/h1-response.ts";
import type { Input } from "../wire/input.ts";
import { type BodyLength, type ResponseHead, UNKNOWN_LENGTH, type Upgrade } from "../wire/message.ts";
import type { Outbox } from "./outbox.ts";
import type { Site } from "./site.ts";
import type { ClientEnd, ClientEvents, ClientStream, Origin } from "./streams.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** What a stream uses of its connection. */
export interface StreamHost {
  deadlineMs: number;
  readonly site: Site;
  readonly socket: Socket;
  readonly input: Input;
  readonly outbox: Outbox;
  readonly peer: Peer;
  readonly origin: Origin;
  readonly hasClientEnded: boolean;
  /** The response has been written; `isKept`: another request may follow. */
  onStreamEnd(isKept: boolean): void;
  /** Something of the input was used up. */
  onInputTaken(): void;
  destroy(): void;
}

/** One request and its response on an HTTP/1 connection. */
export class Http1Stream implements ClientStream {
  readonly peer: Peer;
  readonly origin: Origin;
  readonly protocol: string;
  readonly bodyLength: BodyLength;
  bytesRead = 0;
  isRequestEnded: boolean;
  readonly #host: StreamHost;
  readonly #request: DecodedRequest;
  #body: BodyDecoder | undefined;
  readonly #pace: Pace | undefined;
  readonly #writtenBefore: number;
  #writtenAfter: number | undefined;
  #events: ClientEvents | undefined;
  #isBodyHeld = true;
  #isContinueSent = false;
  #isHeadSent = false;
  #isChunked = false;
  #isKept = false;
  #isBlocked = false;
  /** Of a tunnel; 0: the connection speaks HTTP. */
  #tunnelMs = 0;

  constructor(host: StreamHost, request: DecodedRequest) {
    this.#host = host;
    this.#request = request;
    this.peer = host.peer;
    this.origin = host.origin;
    this.protocol = request.minorVersion === 1 ? "HTTP/1.1" : "HTTP/1.0";
    this.#writtenBefore = host.outbox.written;
    this.bodyLength = bodyLengthOf(request.framing);
    this.isRequestEnded = this.bodyLength === 0;
    if (this.isRequestEnded) return;
    this.#body = new BodyDecoder();
    this.#body.begin(request.framing);
    this.#pace = new Pace();
  }

  get bytesWritten(): number {
    return (this.#writtenAfter ?? this.#host.outbox.written) - this.#writtenBefore;
  }

  /** @param events  hears of this stream until its response has ended or it is cut */
  start(events: ClientEvents): void {
    this.#events = events;
    this.#await();
  }

  /** Hands on what has come of the request's body, unless it is held. */
  readBody(): void {
    const body = this.#body;
    const { input } = this.#host;
    if (body === undefined || this.isRequestEnded || this.#isBodyHeld) return;
    if (input.length === 0) {
      if (this.#host.hasClientEnded) this.onClientEnd();
      return;
    }
    const { bytes } = input;
    body.at = input.at;
    while (!this.#isBodyHeld && !this.isRequestEnded) {
      const step = body.step(bytes);
      if (step === "needMore") break;
      if (step === "bad") {
        this.end("badBody");
        return;
      }
      this.isRequestEnded = step === "end";
      if (step === "end") this.#events?.onRequestEnd();
      else this.#handOn(bytes, body.start, body.end);
    }
    input.readTo(body.at);
    if (input.length === 0 && !this.isRequestEnded && this.#host.hasClientEnded) {
      this.onClientEnd();
      return;
    }
    this.#await();
    this.#events?.onRequestFlush();
    this.#host.onInputTaken();
  }

  /** The client has closed its half, and everything before that has been handed on. */
  onClientEnd(): void {
    if (this.#tunnelMs === 0) {
      this.end("closed");
      return;
    }
    this.isRequestEnded = true;
    this.#await();
    this.#events?.onRequestEnd();
  }

  /** The connection has ended, or its patience. */
  end(why: ClientEnd): void {
    this.#events?.onClientGone(why);
  }

  onDrain(): void {
    this.#isBlocked = false;
    this.#await();
    this.#events?.onClientDrain();
  }

  sendInformational(head: ResponseHead): void {
    // RFC 9110 15.2: an HTTP/1.0 client would take it for the response.
    if (this.#request.minorVersion === 1) encodeResponse(head, false, "keep", this.#host.outbox);
  }

  sendHead(head: ResponseHead, length: BodyLength): void {
    const { minorVersion, connection } = this.#request;
    const isEndless = length === UNKNOWN_LENGTH;
    this.#isHeadSent = true;
    this.#isChunked = isEndless && minorVersion === 1;
    // A request that is not here as a whole would be read as the next one: such a connection ends.
    this.#isKept =
      isPersistent(minorVersion, connection) &&
      this.isRequestEnded &&
      // A client that has closed its half may have asked for more before.
      (!this.#host.hasClientEnded || this.#host.input.length > 0) &&
      !this.#host.site.isDraining &&
      (!isEndless || this.#isChunked);
    encodeResponse(head, this.#isChunked, this.#connectionOption(), this.#host.outbox);
  }

  sendTunnelHead(head: ResponseHead, upgrade: Upgrade, idleMs: number): void {
    this.#isHeadSent = true;
    this.#tunnelMs = idleMs;
    this.isRequestEnded = false;
    this.#body = new BodyDecoder();
    this.#body.begin({ kind: "untilClose" });
    encodeResponse(head, false, upgrade, this.#host.outbox);
  }

  sendBody(bytes: Buffer, start: number, end: number): void {
    const { outbox } = this.#host;
    if (this.#isChunked) outbox.add(chunkHead(end - start));
    outbox.add({ bytes, start, end });
    if (this.#isChunked) outbox.add(CHUNK_TAIL);
  }

  endResponse(): void {
    if (this.#isChunked) this.#host.outbox.add(LAST_CHUNK);
    this.#events = undefined;
    this.#host.outbox.flush();
    this.#writtenAfter = this.#host.outbox.written;
    this.#host.onStreamEnd(this.#isKept);
  }

  flush(): boolean {
    this.#isBlocked = !this.#host.outbox.flush();
    this.#await();
    return !this.#isBlocked;
  }

  resumeBody(): void {
    this.#isBodyHeld = false;
    this.#sendContinue();
    this.readBody();
    this.#await();
  }

  pauseBody(): void {
    this.#isBodyHeld = true;
    this.#await();
  }

  cut(): void {
    this.#events = undefined;
    this.#host.outbox.flush();
    this.#host.destroy();
  }

  #handOn(bytes: Buffer, start: number, end: number): void {
    this.bytesRead += end - start;
    this.#events?.onRequestBody(bytes, start, end);
  }

  /** RFC 9110 10.1.1: not needed once octets of the body are here, nor after a final response. */
  #sendContinue(): void {
    const isWaiting = this.#request.isContinueExpected && !this.#isContinueSent && !this.#isHeadSent;
    if (!isWaiting || this.#host.input.length > 0 || this.bytesRead > 0) return;
    this.#isContinueSent = true;
    this.#host.outbox.add(CONTINUE);
    this.#host.outbox.flush();
  }

  /** The client's time runs while it owes us octets of its request, or does not take those of the response. */
  #await(): void {
    const { deadlines, table } = this.#host.site;
    if (this.#tunnelMs > 0) {
      this.#host.deadlineMs = deadlines.after(this.isRequestEnded ? table.serverFinMs : this.#tunnelMs);
      return;
    }
    const isBodyAwaited = !(this.isRequestEnded || this.#isBodyHeld);
    const isAwaited = this.#isBlocked || isBodyAwaited;
    this.#host.deadlineMs = isAwaited ? deadlines.after(table.proxy.timeouts.clientMs) : Number.POSITIVE_INFINITY;
    if (this.#pace !== undefined) this.#keepPace(this.#pace, isBodyAwaited);
  }

  /** Whoever brings his body too slowly is taken for silent. */
  #keepPace(pace: Pace, isBodyAwaited: boolean): void {
    const { deadlines, table, clock } = this.#host.site;
    if (isBodyAwaited) pace.await(clock.nowMs);
    else pace.rest(clock.nowMs);
    if (!isBodyAwaited) return;
    const leftMs = pace.leftMs(this.bytesRead, table.pace, clock.nowMs);
    this.#host.deadlineMs = Math.min(this.#host.deadlineMs, deadlines.after(leftMs));
  }

  #connectionOption(): ResponseConnection {
    if (!this.#isKept) return "close";
    return this.#request.minorVersion === 1 ? "keep" : "keepHttp10";
  }
}
