import type { App } from "../core/app.ts";
import { type Backend, claimSession, isUsable, releaseSession } from "../core/backend.ts";
import {
  type AfterFailure,
  type AttemptFacts,
  afterFailure,
  type Failure,
  isStatusRetried,
  mayReuseConnection,
} from "../core/failure.ts";
import { observeFailure, observeStatus } from "../core/observe.ts";
import { type Asking, hashKeyOf } from "../core/request.ts";
import { takeRetry } from "../core/retry.ts";
import { type Occasion, selectBackend } from "../core/select.ts";
import { countFailure } from "../core/traffic.ts";
import type { BodyLength } from "../wire/message.ts";
import { PlaceInLine } from "./place-in-line.ts";
import type { Site } from "./site.ts";
import type { BackendEvents, BackendStream } from "./streams.ts";

const NONE: readonly Backend[] = [];
const NOBODY: { readonly backend: number; readonly app: number } = { backend: 0, app: 0 };

/** The backends that one exchange has tried, and the one that it is trying. */
export class Attempts {
  /** The last that was chosen: the one that answers, or has failed. */
  backend: Backend | undefined;
  stream: BackendStream | undefined;
  count = 0;
  /** When the backend was chosen; 0: none has been. */
  chosenMs = 0;
  /** Requests that waited already when this one came to wait. */
  ahead = NOBODY;
  readonly #site: Site;
  readonly #body: BodyLength;
  #place: PlaceInLine | undefined;
  #tried = NONE;
  /** App whose session with the backend is under way. */
  #sessionOf: App | undefined;
  #hasRetriedReuse = false;

  /** @param body  of the request */
  constructor(site: Site, body: BodyLength) {
    this.#site = site;
    this.#body = body;
  }

  /** Another backend than the first is, or was, tried. */
  get hasMoved(): boolean {
    return this.#tried.some((backend) => backend !== this.backend);
  }

  /** The request waits until a backend has a session to spare. */
  get isWaiting(): boolean {
    return this.#place !== undefined;
  }

  /**
   * Begins another attempt, as soon as there is a backend for it.
   *
   * @param bound  the backend to take, if one is determined
   */
  begin(request: Asking, bound: Backend | undefined, events: BackendEvents): void {
    const { app, head } = request;
    const backend = bound ?? selectBackend(app, this.#tried, this.#occasion(request));
    if (backend === undefined || !this.#claims(app, backend)) {
      this.#wait(request, backend, events);
      return;
    }
    this.#place = undefined;
    this.backend = backend;
    this.chosenMs = this.#site.clock.nowMs;
    this.count++;
    this.#sessionOf = app;
    const mayReuse = !this.#hasRetriedReuse && mayReuseConnection(head.method, this.#body);
    this.stream = this.#site.poolOf(app, backend).take(events, app.limits, mayReuse);
    if (this.stream.isReused) events.onBackendReady();
  }

  /** What follows from the failure of the attempt under way, which is over. */
  fail(failure: Failure, request: Asking, isReplayable: boolean): AfterFailure {
    const next = afterFailure(failure, this.#facts(request, isReplayable));
    const { backend } = this;
    const isReused = this.stream?.isReused ?? false;
    this.leave();
    if (backend !== undefined) {
      this.#tried = [...this.#tried, backend];
      countFailure(backend.state.traffic, failure, next);
      if (observeFailure(backend.state, request.app.observe, failure, isReused))
        this.#site.onTrouble(request.app, backend);
    }
    if (next.kind === "retryFresh") this.#hasRetriedReuse = true;
    return next;
  }

  /**
   * Whether the response that has come is dropped, and another backend asked.
   *
   * @returns false also when it is simply the response
   */
  declines(status: number, request: Asking, isReplayable: boolean): boolean {
    const { backend } = this;
    if (backend === undefined) return false;
    const { app } = request;
    if (observeStatus(backend.state, app.observe, status)) this.#site.onTrouble(app, backend);
    if (app.retries.statuses.size === 0 || !isStatusRetried(status, this.#facts(request, isReplayable))) return false;
    this.abandon();
    this.#tried = [...this.#tried, backend];
    countFailure(backend.state.traffic, "badResponse", { kind: "retryElsewhere" });
    return true;
  }

  /** The attempt has ended, well or not: its stream is the backend's again. */
  leave(): void {
    this.stream = undefined;
    const { backend } = this;
    const app = this.#sessionOf;
    if (app === undefined || backend === undefined) return;
    this.#sessionOf = undefined;
    releaseSession(backend.state);
    if (app.isLimited) app.line.serve(backend, app.choice.backends.includes(backend));
  }

  /** Gives the attempt under way up. */
  abandon(): void {
    this.#place?.leave();
    this.#place = undefined;
    this.stream?.abandon();
    this.leave();
  }

  /** Takes a session of the backend, unless it has none to spare or somebody has waited longer. */
  #claims(app: App, backend: Backend): boolean {
    const isLate =
      app.isLimited && !this.isWaiting && app.line.isAwaited(backend, app.choice.backends.includes(backend));
    return !isLate && claimSession(backend, this.#site.clock.nowMs);
  }

  /** Everyone is busy, or nobody is there. */
  #wait(request: Asking, bound: Backend | undefined, events: BackendEvents): void {
    const { app } = request;
    const isAnyoneThere = bound !== undefined || app.choice.backends.length > 0;
    if (!isAnyoneThere || (this.#place === undefined && app.line.totalLength >= app.queueMax)) {
      this.#place = undefined;
      this.backend = undefined;
      events.onBackendFailure(isAnyoneThere ? "queueFull" : "noBackend");
      return;
    }
    if (this.#place === undefined) {
      const { queued } = (bound?.state ?? app).traffic;
      this.ahead = bound === undefined ? { backend: 0, app: queued } : { backend: queued, app: 0 };
    }
    this.#place ??= new PlaceInLine(this.#site, app, {
      onTurn: () => this.begin(request, bound !== undefined && isUsable(bound.state) ? bound : undefined, events),
      onTimeout: () => {
        this.#place = undefined;
        this.backend = undefined;
        events.onBackendFailure("queueTimeout");
      },
    });
    this.#place.join(bound);
  }

  #occasion(request: Asking): Occasion {
    return { nowMs: this.#site.clock.nowMs, random: Math.random, hashKey: hashKeyOf(request) };
  }

  #facts({ head, app }: Asking, isReplayable: boolean): AttemptFacts {
    return {
      method: head.method,
      isReused: this.stream?.isReused ?? false,
      isReplayable,
      attempts: this.count,
      rules: app.retries,
      takeRetry: () => takeRetry(app.retryBudget, app.retries, this.#site.clock.nowMs),
      hasRetriedReuse: this.#hasRetriedReuse,
    };
  }
}
