import { step } from "../../../vrrp/core/machine.ts";
import type { Settings } from "../../../vrrp/core/settings.ts";
import {
  type Conditions,
  type Effect,
  type Event,
  type HeardAdvert,
  initialState,
  nextDeadlineMs,
  type State,
} from "../../../vrrp/core/state.ts";

/** How long each copy of a packet travels, ms; no copy: it is lost. */
export type Channel = (from: string, to: string) => readonly number[];

/** One virtual router on the simulated link. */
export type Router = {
  readonly name: string;
  readonly settings: Settings;
  state: State;
  conditions: Conditions;
  hasAddress: boolean;
  /** A cut cable: nothing goes out or comes in. */
  isCut: boolean;
  /** Until when the host does not run; packets wait in its socket. */
  asleepUntilMs: number;
  /** Null: the process does not run. */
  isRunning: boolean;
};

type Delivery = { readonly atMs: number; readonly to: string; readonly advert: HeardAdvert };

export type Observer = (nowMs: number, router: Router, effect: Effect) => void;

/** A link with routers on one virtual clock. Deterministic, given its channel. */
export class Lan {
  readonly routers = new Map<string, Router>();
  nowMs = 0;
  readonly #channel: Channel;
  readonly #observe: Observer;
  #deliveries: Delivery[] = [];

  constructor(channel: Channel, observe: Observer = () => undefined) {
    this.#channel = channel;
    this.#observe = observe;
  }

  add(name: string, settings: Settings, source: string): Router {
    const conditions = { faults: [], priority: settings.priority, source };
    const state = initialState(0);
    const router = {
      name,
      settings,
      state,
      conditions,
      hasAddress: false,
      isCut: false,
      asleepUntilMs: 0,
      isRunning: false,
    };
    this.routers.set(name, router);
    return router;
  }

  get(name: string): Router {
    const router = this.routers.get(name);
    if (router === undefined) throw new Error(`no router ${name}`);
    return router;
  }

  start(name: string): void {
    const router = this.get(name);
    if (router.isRunning) return;
    router.isRunning = true;
    router.state = initialState(this.nowMs);
    this.#handle(router, { kind: "startup", conditions: router.conditions });
  }

  stop(name: string): void {
    const router = this.get(name);
    if (!router.isRunning) return;
    this.#handle(router, { kind: "shutdown" });
    router.isRunning = false;
  }

  /** The process dies; its address stays for the rest of the lease, which is 1 s here. */
  kill(name: string): void {
    const router = this.get(name);
    router.isRunning = false;
    router.hasAddress = false;
    router.state = initialState(this.nowMs);
  }

  sleep(name: string, forMs: number): void {
    this.get(name).asleepUntilMs = this.nowMs + forMs;
  }

  setFaults(name: string, faults: readonly string[]): void {
    this.setConditions(name, { ...this.get(name).conditions, faults });
  }

  setConditions(name: string, conditions: Conditions): void {
    const router = this.get(name);
    router.conditions = conditions;
    if (router.isRunning) this.#handle(router, { kind: "conditionsChanged", conditions });
  }

  actives(): string[] {
    return [...this.routers.values()].filter(({ state }) => state.kind === "active").map(({ name }) => name);
  }

  /** Lets time pass, with everything that is due in it. */
  run(untilMs: number, afterEach: () => void = () => undefined): void {
    for (let at = this.#nextMs(); at <= untilMs; at = this.#nextMs()) {
      this.nowMs = Math.max(this.nowMs, at);
      for (const router of this.routers.values()) if (this.#wakesMs(router) <= this.nowMs) this.#turn(router);
      afterEach();
    }
    this.nowMs = untilMs;
  }

  #nextMs(): number {
    return Math.min(...[...this.routers.values()].map((router) => this.#wakesMs(router)));
  }

  /** When a router has something to do and runs. */
  #wakesMs(router: Router): number {
    if (!router.isRunning) return Number.POSITIVE_INFINITY;
    const mail = this.#deliveries.filter(({ to }) => to === router.name).map(({ atMs }) => atMs);
    return Math.max(router.asleepUntilMs, Math.min(nextDeadlineMs(router.state), ...mail));
  }

  /** As the engine does: everything that has arrived, then the timers. */
  #turn(router: Router): void {
    const isDue = ({ to, atMs }: Delivery) => to === router.name && atMs <= this.nowMs;
    const mail = this.#deliveries.filter(isDue).sort((a, b) => a.atMs - b.atMs);
    this.#deliveries = this.#deliveries.filter((delivery) => !isDue(delivery));
    for (const { advert } of mail) this.#handle(router, { kind: "advertReceived", advert });
    if (this.nowMs >= nextDeadlineMs(router.state)) this.#handle(router, { kind: "timerFired" });
  }

  #handle(router: Router, event: Event): void {
    const { state, effects } = step(router.settings, router.state, event, this.nowMs);
    router.state = state;
    for (const effect of effects) {
      if (effect.kind === "advertise") this.#send(router, effect.priority);
      if (effect.kind === "installAddresses") router.hasAddress = true;
      if (effect.kind === "removeAddresses") router.hasAddress = false;
      this.#observe(this.nowMs, router, effect);
    }
  }

  #send(from: Router, priority: number): void {
    const advert = { source: from.conditions.source, priority, intervalMs: from.settings.advertIntervalMs };
    for (const to of this.routers.values()) {
      if (to === from || from.isCut || to.isCut || !to.isRunning) continue;
      const copies = this.#channel(from.name, to.name);
      this.#deliveries.push(...copies.map((delayMs) => ({ atMs: this.nowMs + delayMs, to: to.name, advert })));
    }
  }
}
