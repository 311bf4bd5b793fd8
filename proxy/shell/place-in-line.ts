import type { App } from "../core/app.ts";
import type { Backend } from "../core/backend.ts";
import type { Waiter } from "../core/line.ts";
import type { Timed } from "./deadlines.ts";
import type { Site } from "./site.ts";

/** One request's waiting for a backend, for as long as the app allows it altogether. */
export class PlaceInLine implements Timed {
  deadlineMs: number;
  readonly #site: Site;
  readonly #app: App;
  readonly #ticket: number;
  readonly #events: { readonly onTurn: () => void; readonly onTimeout: () => void };
  #waiter: Waiter | undefined;

  constructor(site: Site, app: App, events: { readonly onTurn: () => void; readonly onTimeout: () => void }) {
    this.#site = site;
    this.#app = app;
    this.#events = events;
    this.#ticket = app.line.takeTicket();
    this.deadlineMs = site.deadlines.after(app.queueMs);
  }

  /** @param bound  the only backend that will do, if one is determined */
  join(bound: Backend | undefined): void {
    this.#waiter = { ticket: this.#ticket, bound, resume: () => this.#onTurn() };
    this.#app.line.join(this.#waiter);
    this.#site.deadlines.add(this);
  }

  leave(): void {
    if (this.#waiter !== undefined) this.#app.line.leave(this.#waiter);
    this.#waiter = undefined;
    this.#site.deadlines.delete(this);
  }

  onDeadline(): void {
    this.leave();
    this.#events.onTimeout();
  }

  #onTurn(): void {
    this.leave();
    this.#events.onTurn();
  }
}
