import type { Backend } from "../core/backend.ts";
import {
  type AfterFailure,
  type AttemptFacts,
  afterFailure,
  type Failure,
  isStatusRetried,
  mayReuseConnection,
} from "../core/failure.ts";
import { observeFailure, observeStatus } from "../core/observe.ts";
import type { AppRequest } from "../core/request.ts";
import { takeRetry } from "../core/retry.ts";
import { selectBackend } from "../core/select.ts";
import { beginSession, countFailure, endSession } from "../core/traffic.ts";
import type { Site } from "./site.ts";
import type { BackendEvents, BackendStream } from "./streams.ts";

const NONE: readonly Backend[] = [];

/** The backends that one exchange has tried, and the one that it is trying. */
export class Attempts {
  /** The last that was chosen: the one that answers, or has failed. */
  backend: Backend | undefined;
  stream: BackendStream | undefined;
  count = 0;
  readonly #site: Site;
  #tried = NONE;
  #hasSession = false;
  #hasRetriedReuse = false;

  constructor(site: Site) {
    this.#site = site;
  }

  /**
   * Begins another attempt.
   *
   * @param bound  the backend to take, if one is determined
   * @returns false when there is no backend to try
   */
  begin(request: AppRequest, bound: Backend | undefined, events: BackendEvents): boolean {
    const { app, head } = request;
    const backend = bound ?? selectBackend(app, this.#tried);
    this.backend = backend;
    if (backend === undefined) return false;
    this.count++;
    beginSession(backend.state.traffic, this.#site.clock.nowMs);
    this.#hasSession = true;
    const mayReuse = !this.#hasRetriedReuse && mayReuseConnection(head.method);
    this.stream = this.#site.poolOf(app, backend).take(events, app.limits, mayReuse);
    return true;
  }

  /** What follows from the failure of the attempt under way, which is over. */
  fail(failure: Failure, request: AppRequest, isReplayable: boolean): AfterFailure {
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
  declines(status: number, request: AppRequest, isReplayable: boolean): boolean {
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
    if (this.#hasSession && this.backend !== undefined) endSession(this.backend.state.traffic);
    this.#hasSession = false;
  }

  /** Gives the attempt under way up. */
  abandon(): void {
    this.stream?.abandon();
    this.leave();
  }

  #facts({ head, app }: AppRequest, isReplayable: boolean): AttemptFacts {
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
