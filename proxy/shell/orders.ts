import type { SessionsResult } from "../../config/sessions.ts";
import type { ReloadResult, StatusRequest } from "../../config/status.ts";
import type { Log } from "../../daemon/log.ts";
import { type App, refreshChoice } from "../core/app.ts";
import { type Backend, backendKey, type Standing, setStanding, standingOf, weightOf } from "../core/backend.ts";
import type { Force } from "./force.ts";
import type { HealthEvent } from "./prober.ts";

type Order<R extends StatusRequest["request"]> = Extract<StatusRequest, { request: R }>;
type Found = { readonly app: App; readonly backend: Backend };

const DONE: ReloadResult = { isOk: true, problems: [] };

/** What operators say of backends through the status socket, and checks by themselves. */
export class Orders {
  readonly #force: Force;
  readonly #log: Log;

  constructor(force: Force, log: Log) {
    this.#force = force;
    this.#log = log;
  }

  setBackend(order: Order<"backend">): ReloadResult {
    const found = this.#find(order);
    if (!("app" in found)) return found;
    const { operator: from } = found.backend.state;
    this.#say(found, { operator: order.state });
    if (from !== order.state) this.#tell("operator", found, { from, to: order.state });
    return DONE;
  }

  setWeight(order: Order<"weight">): ReloadResult {
    const found = this.#find(order);
    if (!("app" in found)) return found;
    const from = weightOf(found.backend);
    this.#say(found, { weight: askedWeight(order.weight, found.backend.weight) });
    this.#tell("weight", found, { from, to: weightOf(found.backend) });
    return DONE;
  }

  async shutDown(order: Order<"shutdown">): Promise<ReloadResult & { readonly ended: number }> {
    const found = this.#find(order);
    if (!("app" in found)) return { ...found, ended: 0 };
    const ended = await this.#end(found, "operator");
    return { ...DONE, ended };
  }

  async sessions({ request: _, ...filter }: Order<"sessions">): Promise<SessionsResult> {
    const { sessions, total } = await this.#force.ask({ kind: "sessions", filter });
    return { sessions: sessions.slice(0, filter.max), total };
  }

  /** The checks of a backend say something else than before. */
  onHealth({ app, backend, isUp, outcome }: HealthEvent): void {
    this.#force.tellStanding(app, backend);
    const event = { event: "health", app: app.name, backend: backend.name, from: isUp ? "down" : "up" };
    const because = outcome.status === 0 ? outcome.code : `${outcome.code} ${outcome.status}`;
    const usable = app.backends.filter(({ state }) => state.isUp).length;
    this.#log.warn({ ...event, to: isUp ? "up" : "down", because, usable });
    if (!isUp && app.check.onMarkedDown === "shutdownSessions") void this.#end({ app, backend }, "markedDown");
  }

  /** Behind what was said of it before, so that those who ask again go elsewhere. */
  async #end(found: Found, why: "operator" | "markedDown"): Promise<number> {
    const { name, address } = found.backend;
    const { ended } = await this.#force.ask({ kind: "shutDown", key: backendKey(found.app.name, name, address), why });
    this.#tell("shutdown", found, { why, ended });
    return ended;
  }

  #say({ app, backend }: Found, said: Partial<Standing>): void {
    setStanding(backend.state, { ...standingOf(backend.state), ...said }, performance.now());
    refreshChoice(app);
    this.#force.tellStanding(app, backend);
  }

  #tell(event: string, { app, backend }: Found, facts: object): void {
    this.#log.warn({ event, app: app.name, backend: backend.name, ...facts });
  }

  #find({
    app: appName,
    backend: backendName,
  }: {
    readonly app: string;
    readonly backend: string;
  }): Found | ReloadResult {
    const app = this.#force.table.apps.find(({ name }) => name === appName);
    const backend = app?.backends.find(({ name }) => name === backendName);
    if (app !== undefined && backend !== undefined) return { app, backend };
    const want = app === undefined ? "app: want one of this host" : `backend: want one of app ${appName}`;
    return { isOk: false, problems: [`${want}, got ${JSON.stringify(app === undefined ? appName : backendName)}`] };
  }
}

/** @param own  the document's weight */
function askedWeight(asked: Order<"weight">["weight"], own: number): number | undefined {
  if (asked === undefined) return undefined;
  return "percent" in asked ? (own * asked.percent) / 100 : asked.weight;
}
