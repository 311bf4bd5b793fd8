import { type Backend, type BackendState, isFull } from "./backend.ts";
import { isOlder, type SharedRow } from "./shared-counts.ts";
import { beginWait, endWait, type Traffic } from "./traffic.ts";

/** A request that waits until a backend has a session to spare. */
export type Waiter = {
  /** Of {@link Line.takeTicket}, taken when it came: its place in the line, also when it comes back. */
  readonly ticket: number;
  /** The only backend that will do, if one is determined. */
  readonly bound: Backend | undefined;
  /** There may be a session now; to be taken at once. */
  readonly resume: () => void;
};

/** The lines of the same app in other workers. */
export type LineElsewhere = {
  /** How many wait, and the oldest ticket of those who wait for any backend. */
  readonly waiting: SharedRow;
  readonly oldest: SharedRow;
  readonly takeTicket: () => number;
  /** Tells them that a backend has a session for somebody there. */
  readonly pass: (backend: Backend) => void;
};

/**
 * The requests of one app that wait, in the order of their arrival on all workers.
 *
 * Each app has its own line, so that one that is slow keeps nobody else waiting; within it, a request that may go to any
 * backend waits no longer than those behind it. It outlives reloads, as those who wait do.
 */
export class Line {
  /** By the only backend that will do; each in the order of tickets. */
  readonly #queues = new Map<BackendState | undefined, Waiter[]>();
  readonly #traffic: Traffic;
  #length = 0;
  #tickets = 0;
  #elsewhere: LineElsewhere | undefined;

  /** @param traffic  of the app, where those are counted that wait for any backend */
  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  /** Those who wait here. */
  get length(): number {
    return this.#length;
  }

  /** Those who wait on all workers. */
  get totalLength(): number {
    return this.#length + (this.#elsewhere?.waiting.others() ?? 0);
  }

  /** Lets the line be one of several; undefined: it is the only one. */
  share(elsewhere: LineElsewhere | undefined): void {
    this.#elsewhere?.waiting.publish(0);
    this.#elsewhere?.oldest.publish(0);
    this.#elsewhere = elsewhere;
    for (const state of this.#queues.keys()) this.#publish(state);
  }

  takeTicket(): number {
    return this.#elsewhere?.takeTicket() ?? ++this.#tickets;
  }

  join(waiter: Waiter): void {
    const state = waiter.bound?.state;
    const queue = this.#queues.get(state) ?? [];
    this.#queues.set(state, queue);
    const behind = queue.findIndex(({ ticket }) => isOlder(waiter.ticket, ticket));
    queue.splice(behind < 0 ? queue.length : behind, 0, waiter);
    this.#length++;
    beginWait(this.#trafficOf(waiter));
    this.#publish(state);
  }

  /** A waiter that is served, or has no more patience. */
  leave(waiter: Waiter): void {
    const state = waiter.bound?.state;
    const queue = this.#queues.get(state) ?? [];
    const index = queue.indexOf(waiter);
    if (index < 0) return;
    queue.splice(index, 1);
    if (queue.length === 0) this.#queues.delete(state);
    this.#length--;
    endWait(this.#trafficOf(waiter));
    this.#publish(state);
  }

  /** Whether somebody waits for a session of a backend, here or elsewhere; who comes now has to wait behind him. */
  isAwaited({ state }: Backend, takesNew: boolean): boolean {
    return this.#oldest(state, takesNew) !== undefined || this.#oldestElsewhere(state, takesNew) !== 0;
  }

  /**
   * A backend may have sessions to spare.
   *
   * @param takesNew  whether it is for those too that are not bound to it
   */
  serve(backend: Backend, takesNew: boolean): void {
    const { state } = backend;
    while (!isFull(backend)) {
      const waiter = this.#oldest(state, takesNew);
      const elsewhere = this.#oldestElsewhere(state, takesNew);
      if (elsewhere !== 0 && (waiter === undefined || isOlder(elsewhere, waiter.ticket))) {
        this.#elsewhere?.pass(backend);
        return;
      }
      if (waiter === undefined) return;
      this.leave(waiter);
      waiter.resume();
      // Another worker was faster.
      if (this.#oldest(state, takesNew)?.ticket === waiter.ticket) return;
    }
  }

  /** What can be chosen has changed: everyone asks again, and those who find nothing come back to their place. */
  stir(): void {
    const waiters = [...this.#queues.values()].flat().sort((a, b) => (isOlder(a.ticket, b.ticket) ? -1 : 1));
    for (const waiter of waiters) {
      this.leave(waiter);
      waiter.resume();
    }
  }

  #oldest(state: BackendState, takesNew: boolean): Waiter | undefined {
    const bound = this.#queues.get(state)?.[0];
    const free = takesNew ? this.#queues.get(undefined)?.[0] : undefined;
    if (bound === undefined || free === undefined) return bound ?? free;
    return isOlder(free.ticket, bound.ticket) ? free : bound;
  }

  #oldestElsewhere(state: BackendState, takesNew: boolean): number {
    if (this.#elsewhere === undefined) return 0;
    const bound = state.elsewhere?.oldest.oldest() ?? 0;
    const free = takesNew ? this.#elsewhere.oldest.oldest() : 0;
    if (bound === 0 || free === 0) return bound === 0 ? free : bound;
    return isOlder(free, bound) ? free : bound;
  }

  #publish(state: BackendState | undefined): void {
    if (this.#elsewhere === undefined) return;
    this.#elsewhere.waiting.publish(this.#length);
    const ticket = this.#queues.get(state)?.[0]?.ticket ?? 0;
    if (state === undefined) this.#elsewhere.oldest.publish(ticket);
    else state.elsewhere?.oldest.publish(ticket);
  }

  #trafficOf({ bound }: Waiter): Traffic {
    return bound === undefined ? this.#traffic : bound.state.traffic;
  }
}
