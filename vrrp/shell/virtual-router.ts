import type { InstanceStatus } from "../../config/status.ts";
import type { PollSet } from "../../daemon/ffi/poll-set.ts";
import { areSameConditions } from "../core/eligibility.ts";
import { step } from "../core/machine.ts";
import { countTransition, type TransitionCount } from "../core/reason.ts";
import type { Settings } from "../core/settings.ts";
import {
  type Conditions,
  type Effect,
  type Event,
  initialState,
  nextDeadlineMs,
  type PeerEvent,
  type State,
} from "../core/state.ts";
import type { InterfaceAddress } from "../wire/rtnetlink.ts";
import { AdvertChannel } from "./advert-channel.ts";
import type { LogLine } from "./engine-messages.ts";
import { Neighbours } from "./neighbours.ts";
import { RouterHands, type RouterTools, type Surroundings } from "./router-hands.ts";
import { evidenceOf, type RouterFacts, STATE_NAMES, statusOf } from "./router-status.ts";

/** Packets handled in one go; the rest waits for the next turn, so that a flood can't hold up timers. */
const PACKETS_PER_TURN = 64;
const TIMER_FIRED: Event = { kind: "timerFired" };

/** Runs the machine of one virtual router: gives it events, does what it says. */
export class VirtualRouter {
  #settings: Settings;
  #surroundings: Surroundings;
  #conditions: Conditions;
  #state: State;
  readonly #tools: RouterTools;
  readonly #channel: AdvertChannel;
  readonly #hands: RouterHands;
  readonly #neighbours: Neighbours;
  readonly #failures: Event[] = [];
  #lastAdvertAtMs: number | undefined;
  #transitionCounts: readonly TransitionCount[] = [];
  #addressesRestored = 0;

  constructor(settings: Settings, tools: RouterTools, surroundings: Surroundings, nowMs: number) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#conditions = surroundings.conditions;
    this.#state = initialState(nowMs);
    this.#tools = tools;
    this.#channel = new AdvertChannel(tools.libc, tools.clock);
    this.#neighbours = new Neighbours(tools.libc);
    this.#hands = new RouterHands(tools, this.#channel, this.#neighbours);
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** What is to be waited for before `receive` has something to do; nothing while the interface is absent. */
  addTo(set: PollSet): void {
    set.add(this.#channel.fd);
    set.add(this.#neighbours.fd);
  }

  /** When `fireTimer` is due. */
  get deadlineMs(): number {
    return Math.min(nextDeadlineMs(this.#state), this.#neighbours.deadlineMs);
  }

  start(nowMs: number): void {
    this.#conditions = this.#place(nowMs);
    this.#handle({ kind: "startup", conditions: this.#conditions }, nowMs);
  }

  /** Ends in Initialize, with the addresses removed and the socket closed. */
  stop(nowMs: number): void {
    this.#handle({ kind: "shutdown" }, nowMs);
    this.#hands.endRules();
    this.#neighbours.close();
    this.#channel.close();
  }

  /** Takes settings of the same router (`isOtherRouter` says no). */
  change(settings: Settings, nowMs: number): void {
    const isSame = JSON.stringify(settings) === JSON.stringify(this.#settings);
    this.#settings = settings;
    if (!isSame) this.#handle({ kind: "settingsChanged" }, nowMs);
  }

  surround(surroundings: Surroundings, nowMs: number): void {
    this.#surroundings = surroundings;
    this.#judge(nowMs);
  }

  /** What the control channel brings. */
  tell(event: PeerEvent, nowMs: number): void {
    this.#handle(event, nowMs);
  }

  #judge(nowMs: number): void {
    const conditions = this.#place(nowMs);
    if (areSameConditions(this.#conditions, conditions)) return;
    this.#conditions = conditions;
    this.#handle({ kind: "conditionsChanged", conditions }, nowMs);
  }

  /** Handles the packets that wait. */
  receive(nowMs: number): void {
    for (let turn = 0; turn < PACKETS_PER_TURN; turn++) {
      const received = this.#channel.receive(this.#settings);
      if (received === "nothing") break;
      this.#neighbours.hear();
      if (received === "discarded") continue;
      this.#lastAdvertAtMs = nowMs;
      for (const oddity of this.#channel.takeNewOddities())
        this.#log("warn", "oddity", { oddity, source: received.source });
      this.#handle({ kind: "advertReceived", advert: received }, nowMs);
    }
    for (let turn = 0; turn < PACKETS_PER_TURN; turn++) {
      const seen = this.#neighbours.receive();
      if (seen === undefined) break;
      const { mac, address } = seen;
      if (address !== null && this.#settings.addresses.some((own) => own.address === address))
        this.#handle({ kind: "addressSeen", address, mac }, nowMs);
    }
    if (this.#neighbours.takeNews()) this.#judge(nowMs);
  }

  fireTimer(nowMs: number): void {
    this.#neighbours.fireTimer(nowMs);
    if (this.#neighbours.takeNews()) this.#judge(nowMs);
    if (nowMs >= nextDeadlineMs(this.#state)) this.#handle(TIMER_FIRED, nowMs);
  }

  loseAddress(gone: InterfaceAddress, nowMs: number): void {
    if (!this.#hands.isKept(gone)) return;
    if (this.#state.kind === "active") this.#addressesRestored += 1;
    this.#handle({ kind: "addressLost", address: gone.address }, nowMs);
  }

  snapshot(nowMs: number): InstanceStatus {
    return statusOf(this.#facts, nowMs);
  }

  get #facts(): RouterFacts {
    return {
      settings: this.#settings,
      state: this.#state,
      channel: this.#channel,
      lastAdvertAtMs: this.#lastAdvertAtMs,
      network: this.#surroundings.network,
      transitionCounts: this.#transitionCounts,
      announcementsSent: this.#hands.announcementsSent,
      addressesRestored: this.#addressesRestored,
    };
  }

  /** Opens the socket that the surroundings ask for; without one the router can't take part. */
  #place(nowMs: number): Conditions {
    const { placement, conditions, neighbours } = this.#surroundings;
    const placed = this.#channel.place(this.#settings, placement);
    const fault = placed.ok ? this.#neighbours.place(this.#settings, placement, neighbours, nowMs) : placed.because;
    return fault === undefined ? conditions : { ...conditions, faults: [...conditions.faults, fault] };
  }

  /** Failed effects come back as events, until nothing is left to do. */
  #handle(event: Event, nowMs: number): void {
    const failures = this.#failures;
    this.#step(event, nowMs);
    for (let failure = failures.shift(); failure !== undefined; failure = failures.shift()) this.#step(failure, nowMs);
  }

  #step(event: Event, nowMs: number): void {
    const { state, effects } = step(this.#settings, this.#state, event, nowMs);
    this.#state = state;
    for (const effect of effects) {
      const failure = this.#perform(effect, nowMs);
      if (failure !== undefined) this.#failures.push(failure);
    }
  }

  #perform(effect: Effect, nowMs: number): Event | undefined {
    if (effect.kind === "transition") {
      const [from, to] = [STATE_NAMES[effect.from], STATE_NAMES[effect.to]];
      this.#transitionCounts = countTransition(this.#transitionCounts, effect);
      const { reason, because } = effect;
      this.#log("info", "state", { from, to, reason, because, evidence: evidenceOf(this.#facts, nowMs) });
      return undefined;
    }
    if (effect.kind === "note") {
      this.#log(effect.level, "note", { what: effect.what });
      return undefined;
    }
    const result = this.#hands.attempt(effect, this.#settings, this.#surroundings);
    return result.ok ? undefined : { kind: "effectFailed", effect: effect.kind, because: result.because };
  }

  #log(level: LogLine["level"], event: string, fields: Record<string, unknown>): void {
    this.#tools.report({ kind: "log", level, fields: { event, instance: this.#settings.name, ...fields } });
  }
}
