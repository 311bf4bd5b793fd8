import type { Backend } from "../core/backend.ts";
import { buildClientHead, buildInterimHead } from "../core/client-head.ts";
import { decideRequest } from "../core/decide.ts";
import type { Failure } from "../core/failure.ts";
import { type Binding, bindingOf, NO_COOKIE } from "../core/persistence.ts";
import { type AppRequest, buildUpstreamRequest } from "../core/request.ts";
import { countRequest } from "../core/retry.ts";
import type { Table } from "../core/table.ts";
import { CLIENT_ENDING, type Ending, type Stage } from "../core/termination.ts";
import { beginSession, endSession } from "../core/traffic.ts";
import type { BodyLength, RequestHead, ResponseHead } from "../wire/message.ts";
import { Attempts } from "./attempts.ts";
import { recordExchange } from "./exchange-end.ts";
import { type LocalAnswer, sendLocalAnswer } from "./local-answer.ts";
import { ResponseBody } from "./response-body.ts";
import type { Site } from "./site.ts";
import type { BackendEvents, ClientEnd, ClientEvents, ClientStream } from "./streams.ts";

/** Behind this status, what the client sends is no body. */
const SWITCHED = 101;
const COMPLETE: Ending = { kind: "complete" };

/** One request, from its head to the last octet of its response. Begins with a table and keeps it. */
export class Exchange implements ClientEvents, BackendEvents {
  readonly client: ClientStream;
  readonly head: RequestHead;
  readonly attempts: Attempts;
  /** ms, monotonic; 0: not reached. */
  readonly startedMs: number;
  readonly headMs: number;
  connectedMs = 0;
  respondedMs = 0;
  status = 0;
  stage: Stage = "request";
  request: AppRequest | undefined;
  binding: Binding = NO_COOKIE;
  readonly #body: ResponseBody;
  readonly #site: Site;
  readonly #table: Table;
  #isDone = false;

  constructor(site: Site, client: ClientStream, head: RequestHead, startedMs: number) {
    this.#site = site;
    this.#table = site.table;
    this.client = client;
    this.#body = new ResponseBody(client);
    this.head = head;
    this.attempts = new Attempts(site, client.bodyLength);
    this.startedMs = startedMs;
    this.headMs = site.clock.nowMs;
  }

  start(): void {
    const { origin, peer } = this.client;
    const decision = decideRequest(this.#table, origin.service, this.head, peer, this.#site.newHex);
    switch (decision.kind) {
      case "respond":
        this.#respond(decision.response, { kind: "local" });
        return;
      case "stats":
        this.#site.answerStats(this.head).then(
          (response) => this.#respond(response, { kind: "local" }),
          () => this.#respond(500, { kind: "local" }),
        );
        return;
      case "forward": {
        const { request } = decision;
        this.request = request;
        beginSession(request.app.traffic, this.headMs);
        countRequest(request.app.retryBudget, this.headMs);
        if (this.client.bodyLength > request.app.bodyBytesMax) {
          this.#respond(413, { kind: "denied" });
          return;
        }
        this.binding = bindingOf(request.app, request.persistence, this.#site.clock.epochS);
        this.#attempt(request, this.binding.backend);
        return;
      }
    }
  }

  onRequestBody(bytes: Buffer, start: number, end: number): void {
    if (this.client.bytesRead > (this.request?.app.bodyBytesMax ?? 0) && this.status !== SWITCHED) {
      this.endNow(413, { kind: "denied" });
      return;
    }
    this.attempts.stream?.sendBody(bytes, start, end);
  }

  onRequestEnd(): void {
    this.attempts.stream?.endRequest();
  }

  onRequestFlush(): void {
    if (this.attempts.stream?.flush() === false) this.client.pauseBody();
  }

  onClientDrain(): void {
    this.attempts.stream?.resume();
  }

  onClientGone(why: ClientEnd): void {
    if (this.#isDone) return;
    if (this.attempts.isWaiting) this.stage = "queue";
    this.attempts.abandon();
    if (why !== "closed" && this.status === 0) {
      this.#respond(why === "timedOut" ? 408 : 400, CLIENT_ENDING[why]);
      return;
    }
    this.#cut(CLIENT_ENDING[why]);
  }

  onBackendReady(): void {
    const { request } = this;
    const { backend, stream } = this.attempts;
    if (request === undefined || backend === undefined || stream === undefined) return;
    this.connectedMs = this.#site.clock.nowMs;
    this.stage = "headers";
    const length = this.client.bodyLength;
    stream.sendHead(buildUpstreamRequest(request, backend), length);
    if (length === 0) stream.endRequest();
    else this.client.resumeBody();
    // What came of the body has gone with the head; the stream may have failed over it.
    if (this.attempts.stream === stream && !stream.flush()) this.client.pauseBody();
  }

  onBackendDrain(): void {
    this.client.resumeBody();
  }

  onInformational(head: ResponseHead): void {
    // 100 was ours to give; the others are for the client (RFC 9110 15.2).
    if (head.status === 100 || this.request === undefined) return;
    const { backend } = this.attempts;
    if (backend === undefined) return;
    this.client.sendInformational(buildInterimHead(this.request, backend, head, "", this.#site.dateText()));
  }

  onResponseHead(head: ResponseHead, length: BodyLength): void {
    const { request } = this;
    const { backend } = this.attempts;
    if (request === undefined || backend === undefined) return;
    if (this.attempts.declines(head.status, request, this.client.bytesRead === 0)) {
      this.#attempt(request, undefined);
      return;
    }
    this.#beginResponse(head);
    this.#body.begin(request, backend, this.#clientHead(request, backend, head), length);
  }

  onTunnel(head: ResponseHead): void {
    const { request } = this;
    const { backend } = this.attempts;
    if (request?.head.upgrade === undefined || backend === undefined) return;
    this.#beginResponse(head);
    const { tunnelMs } = request.app;
    this.client.sendTunnelHead(this.#clientHead(request, backend, head), request.head.upgrade, tunnelMs);
    this.client.resumeBody();
  }

  onResponseBody(bytes: Buffer, start: number, end: number): void {
    this.#body.push(bytes, start, end);
  }

  onResponseEnd(): void {
    this.#body.end();
    this.#leave();
    this.#end(COMPLETE);
  }

  onResponseFlush(): void {
    if (!this.#isDone && !this.client.flush()) this.attempts.stream?.pause();
  }

  onBackendFailure(failure: Failure): void {
    const { request } = this;
    if (this.#isDone || request === undefined) return;
    const next = this.attempts.fail(failure, request, this.client.bytesRead === 0);
    switch (next.kind) {
      case "retryElsewhere":
        this.#attempt(request, undefined);
        return;
      case "retryFresh":
        this.#attempt(request, this.attempts.backend);
        return;
      case "respond":
        this.#respond(next.status, { kind: "failed", failure });
        return;
      case "cut":
        this.#cut({ kind: "failed", failure });
        return;
    }
  }

  /** Ends what must not go on: with this status, where the response has not begun. */
  endNow(status: number, ending: Ending): void {
    if (this.#isDone) return;
    this.attempts.abandon();
    if (this.status === 0) this.#respond(status, ending);
    else this.#cut(ending);
  }

  #attempt(request: AppRequest, bound: Backend | undefined): void {
    this.stage = "connect";
    this.client.pauseBody();
    this.attempts.begin(request, bound, this);
  }

  #clientHead(request: AppRequest, backend: Backend, head: ResponseHead): ResponseHead {
    const texts = { date: this.#site.dateText(), hsts: this.#table.hstsLine };
    return buildClientHead(request, backend, this.binding, head, texts, this.#site.clock.epochS);
  }

  #beginResponse({ status }: ResponseHead): void {
    this.respondedMs = this.#site.clock.nowMs;
    this.stage = "data";
    this.status = status;
  }

  /** Answers by itself. */
  #respond(answer: LocalAnswer, ending: Ending): void {
    if (this.#isDone) return;
    this.#leave();
    this.status = sendLocalAnswer(answer, this.client, this.head.method, this.#table, this.#site.dateText());
    this.#end(ending);
  }

  #cut(ending: Ending): void {
    if (this.#isDone) return;
    this.#leave();
    this.client.cut();
    recordExchange(this.#site, this, ending);
  }

  /** From here on, no event is about this exchange. */
  #leave(): void {
    this.#isDone = true;
    this.attempts.leave();
    if (this.request !== undefined) endSession(this.request.app.traffic);
  }

  /** `endResponse` may begin the next request at once. */
  #end(ending: Ending): void {
    this.client.endResponse();
    recordExchange(this.#site, this, ending);
  }
}
