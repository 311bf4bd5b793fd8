import type { Backend } from "../core/backend.ts";
import { decideRequest } from "../core/decide.ts";
import { type AttemptFacts, afterFailure, type Failure, mayReuseConnection } from "../core/failure.ts";
import { buildErrorResponse, datedHead, type LocalResponse } from "../core/local-response.ts";
import { type Binding, bindingOf, persistenceLines } from "../core/persistence.ts";
import { type AppRequest, buildUpstreamRequest } from "../core/request.ts";
import { buildDownstreamResponse } from "../core/response.ts";
import { selectBackend } from "../core/select.ts";
import type { Table } from "../core/table.ts";
import type { Ending, Stage } from "../core/termination.ts";
import { beginSession, countFailure, endSession } from "../core/traffic.ts";
import type { ConnectionOptions } from "../wire/connection.ts";
import type { BodyLength, RequestHead, ResponseHead } from "../wire/message.ts";
import { recordExchange } from "./exchange-end.ts";
import type { Site } from "./site.ts";
import type { BackendEvents, BackendStream, ClientEnd, ClientEvents, ClientStream } from "./streams.ts";

/** One request, from its head to the last octet of its response. Begins with a table and keeps it. */
export class Exchange implements ClientEvents, BackendEvents {
  readonly client: ClientStream;
  readonly head: RequestHead;
  readonly startedMs: number;
  readonly headMs = performance.now();
  connectedMs = 0;
  respondedMs = 0;
  status = 0;
  attempts = 0;
  stage: Stage = "request";
  request: AppRequest | undefined;
  backend: Backend | undefined;
  binding: Binding = { fate: "none", backend: undefined };
  readonly #site: Site;
  readonly #table: Table;
  readonly #connection: ConnectionOptions;
  readonly #tried: Backend[] = [];
  #stream: BackendStream | undefined;
  #hasSession = false;
  #hasRetriedReuse = false;
  #isDone = false;

  constructor(site: Site, client: ClientStream, head: RequestHead, connection: ConnectionOptions, startedMs: number) {
    this.#site = site;
    this.#table = site.table;
    this.#connection = connection;
    this.client = client;
    this.head = head;
    this.startedMs = startedMs;
  }

  start(): void {
    const { origin, peer } = this.client;
    const decision = decideRequest(this.#table, origin.service, this.head, this.#connection, peer);
    switch (decision.kind) {
      case "respond":
        this.#respond(decision.response, { kind: "local" });
        return;
      case "stats":
        this.#site.answerStats(this.head).then(
          (response) => this.#respond(response, { kind: "local" }),
          () => this.#respond(buildErrorResponse(500), { kind: "local" }),
        );
        return;
      case "forward":
        this.request = decision.request;
        beginSession(decision.request.app.traffic, this.headMs);
        this.binding = bindingOf(decision.request.app, decision.request.persistence);
        this.#attempt(decision.request, this.binding.backend);
        return;
    }
  }

  onRequestBody(bytes: Buffer, start: number, end: number): void {
    this.#stream?.sendBody(bytes, start, end);
  }

  onRequestEnd(): void {
    this.#stream?.endRequest();
  }

  onRequestFlush(): void {
    if (this.#stream?.flush() === false) this.client.pauseBody();
  }

  onClientDrain(): void {
    this.#stream?.resume();
  }

  onClientGone(why: ClientEnd): void {
    if (this.#isDone) return;
    this.#leaveBackend("abandoned");
    if (why !== "closed" && this.status === 0) {
      const status = why === "timedOut" ? 408 : 400;
      this.#respond(buildErrorResponse(status), { kind: why === "timedOut" ? "clientTimedOut" : "refused" });
      return;
    }
    this.client.cut();
    this.#finish({ kind: why === "timedOut" ? "clientTimedOut" : "clientClosed" });
  }

  onBackendReady(): void {
    const { request, backend } = this;
    const stream = this.#stream;
    if (request === undefined || backend === undefined || stream === undefined) return;
    this.connectedMs = performance.now();
    this.stage = "headers";
    const length = this.client.bodyLength;
    stream.sendHead(buildUpstreamRequest(request, backend), length);
    if (length === 0) stream.endRequest();
    else this.client.resumeBody();
    // What came of the body has gone with the head; the stream may have failed over it.
    if (this.#stream === stream && !stream.flush()) this.client.pauseBody();
  }

  onBackendDrain(): void {
    this.client.resumeBody();
  }

  onInformational(head: ResponseHead): void {
    // 100 was ours to give; the others are for the client (RFC 9110 15.2).
    if (head.status === 100 || this.request === undefined) return;
    this.client.sendInformational(this.#downstreamHead(this.request, head, ""));
  }

  onResponseHead(head: ResponseHead, length: BodyLength): void {
    const { request, backend } = this;
    if (request === undefined || backend === undefined) return;
    this.respondedMs = performance.now();
    this.stage = "data";
    this.status = head.status;
    const isDirect = this.binding.backend === backend;
    const isSecure = request.client.scheme === "https";
    const added = persistenceLines(request.app, backend, isDirect, isSecure, this.head.method, head);
    this.client.sendHead(this.#downstreamHead(request, head, added), length);
  }

  onResponseBody(bytes: Buffer, start: number, end: number): void {
    this.client.sendBody(bytes, start, end);
  }

  onResponseEnd(): void {
    this.#stream = undefined;
    this.#finishWith(() => this.client.endResponse(), { kind: "complete" });
  }

  onResponseFlush(): void {
    if (!this.#isDone && !this.client.flush()) this.#stream?.pause();
  }

  onBackendFailure(failure: Failure): void {
    const { request, backend } = this;
    if (this.#isDone || request === undefined) return;
    const next = afterFailure(failure, this.#attemptFacts(request));
    this.#leaveBackend("ended");
    if (backend !== undefined) {
      this.#tried.push(backend);
      countFailure(backend.state.traffic, failure, next);
    }
    switch (next.kind) {
      case "retryElsewhere":
        this.#attempt(request, undefined);
        return;
      case "retryFresh":
        this.#hasRetriedReuse = true;
        this.#attempt(request, backend);
        return;
      case "respond":
        this.#respond(buildErrorResponse(next.status), { kind: "failed", failure });
        return;
      case "cut":
        this.client.cut();
        this.#finish({ kind: "failed", failure });
        return;
    }
  }

  /** @param bound  the backend to take, if one is determined */
  #attempt(request: AppRequest, bound: Backend | undefined): void {
    const { app } = request;
    const backend = bound ?? selectBackend(app, this.#tried);
    this.backend = backend;
    this.stage = "connect";
    if (backend === undefined) {
      this.onBackendFailure("noBackend");
      return;
    }
    this.attempts++;
    beginSession(backend.state.traffic, performance.now());
    this.#hasSession = true;
    this.client.pauseBody();
    const { connectMs, serverMs } = app;
    const limits = { connectMs, serverMs, fieldsMax: this.#table.proxy.limits.fieldsMax };
    const mayReuse = !this.#hasRetriedReuse && mayReuseConnection(this.head.method);
    const stream = this.#site.poolOf(app, backend).take(this, limits, mayReuse);
    this.#stream = stream;
    if (stream.isReused) this.onBackendReady();
  }

  #attemptFacts(request: AppRequest): AttemptFacts {
    return {
      method: this.head.method,
      isReused: this.#stream?.isReused ?? false,
      isReplayable: this.client.bytesRead === 0,
      attempts: this.attempts,
      attemptsMax: request.app.attemptsMax,
      hasRetriedReuse: this.#hasRetriedReuse,
    };
  }

  #downstreamHead(request: AppRequest, head: ResponseHead, addedLines: string): ResponseHead {
    const { app, client, prefix } = request;
    const { scheme, authority } = client;
    const backendAddress = this.backend?.address ?? "";
    const place = { prefix, scheme, authority, backendAddress };
    return buildDownstreamResponse(head, app, place, addedLines, this.#site.dateText());
  }

  /** Answers by itself. */
  #respond(response: LocalResponse, ending: Ending): void {
    if (this.#isDone) return;
    this.status = response.head.status;
    this.#finishWith(() => {
      const bytes = Buffer.from(response.body);
      this.client.sendHead(datedHead(response, this.#site.dateText()), bytes.length);
      if (this.head.method !== "HEAD") this.client.sendBody(bytes, 0, bytes.length);
      this.client.endResponse();
    }, ending);
  }

  /** Last octets, then the end: `endResponse` may begin the next request at once. */
  #finishWith(sendRest: () => void, ending: Ending): void {
    this.#isDone = true;
    this.#leaveBackend("ended");
    if (this.request !== undefined) endSession(this.request.app.traffic);
    sendRest();
    recordExchange(this.#site, this, ending);
  }

  #finish(ending: Ending): void {
    if (this.#isDone) return;
    this.#finishWith(() => undefined, ending);
  }

  #leaveBackend(how: "ended" | "abandoned"): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (how === "abandoned") stream?.abandon();
    if (this.#hasSession && this.backend !== undefined) endSession(this.backend.state.traffic);
    this.#hasSession = false;
  }
}
