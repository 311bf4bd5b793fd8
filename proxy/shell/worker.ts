import type { Socket } from "node:net";
import type { SessionsResult } from "../../config/sessions.ts";
import type { App } from "../core/app.ts";
import type { Backend } from "../core/backend.ts";
import type { LocalResponse } from "../core/local-response.ts";
import { NO_SLOTS, type Slots } from "../core/slots.ts";
import { buildTable, type Table } from "../core/table.ts";
import type { Traffic } from "../core/traffic.ts";
import type { RequestHead } from "../wire/message.ts";
import type { AccessLog } from "./access-log.ts";
import { CertificateStore } from "./certificates.ts";
import { clientPolicyOf } from "./client-policy.ts";
import type { Configuration } from "./config-dir.ts";
import { Deadlines } from "./deadlines.ts";
import { Entrance } from "./entrance.ts";
import { EventClock } from "./event-clock.ts";
import { HexSource } from "./hex-source.ts";
import { type Company, Kept } from "./kept.ts";
import {
  type Doorkeeper,
  type Introduction,
  type Listener,
  type Place,
  placesFor,
  placesOf,
  type Role,
} from "./listener.ts";
import { Listeners, type SocketSource } from "./listeners.ts";
import { Pools } from "./pools.ts";
import type { SessionFilter } from "./session-view.ts";
import type { Site } from "./site.ts";
import type { Origin, StreamSource } from "./streams.ts";

export type WorkerOptions = {
  readonly accessLog: AccessLog;
  readonly answerStats: (head: RequestHead) => Promise<LocalResponse>;
  /** As {@link Site.onTrouble}. */
  readonly onTrouble: (app: App, backend: Backend) => void;
  /** As {@link Doorkeeper.onLoneTickets}. */
  readonly onLoneTickets: Doorkeeper["onLoneTickets"];
  /** Default: everything. */
  readonly role?: Role;
  /** Where its listening sockets come from; default: it opens them. */
  readonly sockets?: SocketSource;
};

/** A configuration that could be put in force: one of the two is to be called. */
export type PreparedTable = { readonly commit: () => Table; readonly rollback: () => void };

/** Serves connections by the table in force. */
export class Worker implements Site {
  readonly clock = new EventClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly accessLog: AccessLog;
  readonly answerStats: (head: RequestHead) => Promise<LocalResponse>;
  readonly onTrouble: (app: App, backend: Backend) => void;
  readonly newHex: (digits: number) => string;
  isDraining = false;
  readonly #listeners: Listeners;
  readonly #role: Role;
  readonly #entrance = new Entrance(this);
  #table: Table | undefined;
  readonly #kept = new Kept();
  #company: Company | undefined;
  readonly #pools: Pools;
  readonly #early: (() => void)[] = [];
  #endDrain: (() => void) | undefined;
  #date = { second: 0, text: "" };

  constructor({ accessLog, answerStats, onTrouble, onLoneTickets, role = "all", sockets = () => [] }: WorkerOptions) {
    this.accessLog = accessLog;
    this.answerStats = answerStats;
    this.onTrouble = onTrouble;
    const hex = new HexSource();
    this.newHex = (digits) => hex.take(digits);
    this.#role = role;
    this.#pools = new Pools(this.deadlines, this.clock);
    const doorkeeper = {
      onConnection: (socket: Socket, origin: Origin, introduction: Introduction) =>
        this.#let(() => this.#entrance.admit(socket, origin, introduction)),
      onArrival: (socket: Socket, listener: Listener) => this.#let(() => this.#entrance.arrive(socket, listener)),
      onLoneTickets,
    };
    this.#listeners = new Listeners(doorkeeper, sockets);
  }

  /** There is one from the first {@link apply} on, and connections only then. */
  get table(): Table {
    if (this.#table === undefined) throw new Error("worker: no table before the first configuration");
    return this.#table;
  }

  get connectionCount(): number {
    return this.#entrance.count;
  }

  /** Counts of each listener by name. */
  get listenerTraffic(): ReadonlyMap<string, Traffic> {
    return this.#kept.listeners;
  }

  get ports(): Readonly<Record<string, number>> {
    return this.#listeners.ports;
  }

  /** Everything that is counted, by a key that other workers use for the same. */
  traffics(): Iterable<readonly [string, Traffic]> {
    return this.#kept.traffics();
  }

  /** As {@link Kept.trafficOf}. */
  trafficOf(key: string): Traffic | undefined {
    return this.#kept.trafficOf(key);
  }

  /** Counts together with other workers from the next configuration on. */
  join(company: Company): void {
    this.#company = company;
    this.#entrance.share(company.counts);
  }

  /**
   * Puts a configuration in force, as a whole: connections and the state of kept backends stay.
   *
   * @throws the system's error when a listener can't be opened; the old configuration then stays in force
   */
  async apply(configuration: Configuration): Promise<Table> {
    return (await this.prepare(configuration)).commit();
  }

  /** The first half of {@link apply}: what may fail. Nothing changes before the second. */
  async prepare(configuration: Configuration, slots: Slots = NO_SLOTS): Promise<PreparedTable> {
    const { proxy, apps, leaving, certificates } = configuration;
    const { kept, commit: keep } = this.#kept.prepare();
    const table = buildTable(proxy, apps, leaving, kept);
    const prepared = await this.#listeners.prepare(
      this.#places(configuration),
      new CertificateStore(certificates, clientPolicyOf(proxy.tls)),
      proxy.tls,
    );
    const commit = () => {
      this.#table = table;
      keep(slots, this.#company);
      this.#pools.renew(table.apps);
      prepared.commit();
      for (const enter of this.#early.splice(0)) enter();
      return table;
    };
    return { commit, rollback: prepared.rollback };
  }

  /** Who is connected. */
  sessions(filter: SessionFilter): SessionsResult {
    return this.#entrance.sessions(filter);
  }

  /** Ends what is under way at the backend of a key; how much that was. */
  shutDown(key: string, why: "operator" | "markedDown"): number {
    const state = this.#kept.stateOf(key);
    return state === undefined ? 0 : this.#entrance.endAt(state, { kind: "shutDown", why });
  }

  poolOf(app: App, backend: Backend): StreamSource {
    return this.#pools.of(app, backend);
  }

  dateText(): string {
    const second = this.clock.epochS;
    if (second !== this.#date.second) this.#date = { second, text: new Date(second * 1_000).toUTCString() };
    return this.#date.text;
  }

  /**
   * Accepts nothing more and lets what is under way end, for `drainMs` at the longest.
   *
   * @param how  `prompt` ends silent connections at once; `patient` lets them ask once more, so that no request meets the end
   */
  async drain(drainMs: number, how: "prompt" | "patient"): Promise<void> {
    this.isDraining = true;
    const closed = this.#listeners.close();
    if (how === "prompt") this.#entrance.drain();
    await this.#within(drainMs, closed);
    this.#entrance.close();
    this.#pools.close();
    this.deadlines.stop();
  }

  /** A listener's queue may be full before its first configuration is in force. */
  #let(enter: () => void): void {
    if (this.#table === undefined) this.#early.push(enter);
    else enter();
  }

  /** Of two drains the one that has less time counts. */
  #within(drainMs: number, closed: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#endDrain;
      const end = () => {
        clearTimeout(timer);
        before?.();
        resolve();
      };
      const timer = setTimeout(end, drainMs);
      this.#endDrain = end;
      if (before === undefined) void closed.then(end);
    });
  }

  #places(configuration: Configuration): Place[] {
    const places = placesOf(configuration, (name) => this.#kept.listenerTraffic(name));
    return placesFor(this.#role, places);
  }
}
