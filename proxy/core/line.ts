import type { Backend, BackendState } from "./backend.ts";
import { beginWait, endWait, type Traffic } from "./traffic.ts";

/** A request that waits until a backend has a session to spare. */
export type Waiter = {
  /** The only backend that will do, if one is determined. */
  readonly bound: Backend | undefined;
  /** There is a session now; to be taken at once. */
  readonly resume: () => void;
};

/**
 * The requests of one app that wait, in the order of their arrival.
 *
 * Each app has its own line, so that one that is slow keeps nobody else waiting; within it, a request that may go to any
 * backend waits no longer than those behind it.
 */
export class Line {
  readonly #waiters = new Set<Waiter>();
  readonly #traffic: Traffic;

  /** @param traffic  of the app, where those are counted that wait for any backend */
  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  get length(): number {
    return this.#waiters.size;
  }

  join(waiter: Waiter): void {
    this.#waiters.add(waiter);
    beginWait(this.#trafficOf(waiter));
  }

  /** A waiter that is served, or has no more patience. */
  leave(waiter: Waiter): void {
    if (this.#waiters.delete(waiter)) endWait(this.#trafficOf(waiter));
  }

  /**
   * A session of a backend has become free.
   *
   * @param takesNew  whether the backend is for those too that are not bound to it
   */
  serve(state: BackendState, takesNew: boolean): void {
    for (const waiter of this.#waiters) {
      if (waiter.bound === undefined ? !takesNew : waiter.bound.state !== state) continue;
      this.leave(waiter);
      waiter.resume();
      return;
    }
  }

  /** What can be chosen has changed: everyone asks again, and those who find nothing come back behind one another. */
  stir(): void {
    for (const waiter of [...this.#waiters]) {
      this.leave(waiter);
      waiter.resume();
    }
  }

  #trafficOf({ bound }: Waiter): Traffic {
    return bound === undefined ? this.#traffic : bound.state.traffic;
  }
}
