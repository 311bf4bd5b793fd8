import type { CheckConfig } from "../../config/app.ts";
import { splitHostPort } from "../../config/values.ts";
import { type App, refreshChoice } from "../core/app.ts";
import { type Backend, type BackendState, setStanding, standingOf } from "../core/backend.ts";
import { type Health, healthText, isUp, newHealth, nextCheckMs, stepHealth } from "../core/health.ts";
import type { Table } from "../core/table.ts";
import { encodeLocalHeader } from "../wire/proxy-protocol.ts";
import { type BackendTls, prepareBackendTls, prepareHandshake } from "./backend-socket.ts";
import { type CheckOutcome, runCheck } from "./check.ts";

/** What is known of a backend's health. */
export type ProbeReport = {
  readonly state: "up" | "down" | "unchecked";
  /** HAProxy's word: `UP`, `UP 1/2`, `DOWN 1/2`, `no check`. */
  readonly text: string;
  /** HAProxy's code of the last check: `L7OK`, `INI` before the first, `UNK` without checks. */
  readonly code: string;
  readonly status: number;
  readonly durationMs: number;
  readonly sinceMs: number;
  readonly failures: number;
  /** Times that requests, not checks, told of trouble. */
  readonly suspicions: number;
  readonly downs: number;
  /** Time spent down in all. */
  readonly downtimeMs: number;
};

/** A backend came up or went down. */
export type HealthEvent = {
  readonly app: App;
  readonly backend: Backend;
  readonly isUp: boolean;
  readonly outcome: CheckOutcome;
};

/** Checks every backend of the table in force and keeps its state. */
export class Prober {
  readonly #onChange: (event: HealthEvent) => void;
  #probes = new Map<BackendState, Probe>();

  constructor(onChange: (event: HealthEvent) => void) {
    this.#onChange = onChange;
  }

  /**
   * Goes over to another table; backends that stay keep their health.
   *
   * @param origin  what is not known yet is new, or has been checked by the daemon before this one
   */
  update({ apps }: Pick<Table, "apps">, origin: "new" | "takenOver" = "new"): void {
    const before = this.#probes;
    this.#probes = new Map();
    for (const app of apps) {
      for (const backend of app.backends) {
        const probe = before.get(backend.state) ?? new Probe(this.#onChange);
        before.delete(backend.state);
        this.#probes.set(backend.state, probe);
        probe.assign(app, backend, origin);
      }
    }
    for (const gone of before.values()) gone.stop();
  }

  /** Requests to a backend fail; what follows from it is the app's rule. */
  suspect({ observe }: App, { state }: Backend): void {
    this.#probes.get(state)?.suspect(observe.onError);
  }

  reportOf(backend: Backend): ProbeReport | undefined {
    return this.#probes.get(backend.state)?.report();
  }

  stop(): void {
    for (const probe of this.#probes.values()) probe.stop();
    this.#probes.clear();
  }
}

class Probe {
  readonly #onChange: (event: HealthEvent) => void;
  #app: App | undefined;
  #backend: Backend | undefined;
  #check: CheckConfig | undefined;
  /** All that its checks go by, as text. */
  #rules = "";
  #tls: BackendTls | undefined;
  #health: Health | undefined;
  #last: CheckOutcome | undefined;
  #changedMs = performance.now();
  #failures = 0;
  #suspicions = 0;
  #downs = 0;
  #downtimeMs = 0;
  #stopCheck: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(onChange: (event: HealthEvent) => void) {
    this.#onChange = onChange;
  }

  assign(app: App, backend: Backend, origin: "new" | "takenOver"): void {
    const isFirst = this.#check === undefined && origin === "new";
    const rules = JSON.stringify([app.check, app.backendTls, app.clientPem, app.passthrough]);
    const isSame = rules === this.#rules;
    this.#app = app;
    this.#backend = backend;
    this.#check = app.check;
    if (isSame) return;
    this.#rules = rules;
    this.#tls =
      app.passthrough === undefined
        ? prepareBackendTls(app.backendTls, app.clientPem)
        : prepareHandshake(app.check.host);
    this.stop();
    if (app.check.kind === "none") {
      this.#health = undefined;
      setStanding(backend.state, { ...standingOf(backend.state), isUp: true }, performance.now());
      refreshChoice(app);
      return;
    }
    const { check } = app;
    const fresh = newHealth(isFirst ? check : { ...check, initialState: "up" });
    // What is known to be down, be it from an earlier check or from the daemon before this one, stays so.
    this.#health = backend.state.isUp ? fresh : { level: 0, isChecked: true };
    if (backend.state.isUp && !isUp(fresh, check)) {
      setStanding(backend.state, { ...standingOf(backend.state), isUp: false }, performance.now());
      refreshChoice(app);
    }
    // Somewhere within the first interval, so that many backends are not asked at once.
    this.#schedule(nextCheckMs(newHealth(app.check), app.check, 0.5) * Math.random());
  }

  report(): ProbeReport {
    const isBackendUp = this.#backend?.state.isUp ?? false;
    const sinceMs = performance.now() - this.#changedMs;
    return {
      state: this.#health?.isChecked === false ? "unchecked" : isBackendUp ? "up" : "down",
      text:
        this.#health === undefined || this.#check === undefined ? "no check" : healthText(this.#health, this.#check),
      code: this.#last?.code ?? (this.#health === undefined ? "UNK" : "INI"),
      status: this.#last?.status ?? 0,
      durationMs: this.#last?.durationMs ?? 0,
      sinceMs,
      failures: this.#failures,
      suspicions: this.#suspicions,
      downs: this.#downs,
      downtimeMs: this.#downtimeMs + (isBackendUp ? 0 : sinceMs),
    };
  }

  suspect(consequence: "failCheck" | "markDown"): void {
    if (this.#health === undefined || this.#check === undefined || !isUp(this.#health, this.#check)) return;
    // As if all failures but the last had been seen: the one that is told now takes it out.
    if (consequence === "markDown") this.#health = { level: this.#check.rise, isChecked: true };
    this.stop();
    this.#suspicions++;
    this.#onOutcome({ hasPassed: false, code: "HANA", status: 0, durationMs: 0 });
    clearTimeout(this.#timer);
    this.#schedule(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopCheck?.();
    this.#stopCheck = undefined;
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => this.#run(), delayMs);
  }

  #run(): void {
    const place = splitHostPort(this.#backend?.address ?? "");
    if (place === undefined || this.#check === undefined || this.#backend === undefined) return;
    // HAProxy: a backend in maintenance is left alone altogether.
    if (this.#backend.state.operator === "maint") {
      this.#schedule(this.#check.intervalMs);
      return;
    }
    const preamble = this.#app?.passthrough?.hasProxyHeader === true ? encodeLocalHeader() : undefined;
    const target = { ...place, address: this.#backend.address, tls: this.#tls, preamble };
    this.#stopCheck = runCheck(target, this.#check, (outcome) => this.#onOutcome(outcome));
  }

  #onOutcome(outcome: CheckOutcome): void {
    const [app, backend, check] = [this.#app, this.#backend, this.#check];
    if (app === undefined || backend === undefined || check === undefined || this.#health === undefined) return;
    const { health, change } = stepHealth(this.#health, check, outcome.hasPassed);
    this.#health = health;
    this.#last = outcome;
    if (!outcome.hasPassed) this.#failures++;
    if (change === "wentUp" || change === "wentDown") {
      setStanding(backend.state, { ...standingOf(backend.state), isUp: isUp(health, check) }, performance.now());
      refreshChoice(app);
      if (change === "wentUp") this.#downtimeMs += performance.now() - this.#changedMs;
      this.#changedMs = performance.now();
      if (change === "wentDown") this.#downs++;
      this.#onChange({ app, backend, isUp: backend.state.isUp, outcome });
    }
    this.#schedule(nextCheckMs(health, check, Math.random()));
  }
}
