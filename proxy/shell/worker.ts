import type { Socket } from "node:net";
import type { ProxyConfig } from "../../config/proxy.ts";
import { splitHostPort } from "../../config/values.ts";
import type { App } from "../core/app.ts";
import { type Backend, type BackendState, newBackendState } from "../core/backend.ts";
import { isTrusted } from "../core/client.ts";
import type { LocalResponse } from "../core/local-response.ts";
import { buildTable, type Table } from "../core/table.ts";
import { newTraffic, type Traffic } from "../core/traffic.ts";
import type { RequestHead } from "../wire/message.ts";
import type { AccessLog } from "./access-log.ts";
import { CertificateStore } from "./certificates.ts";
import type { Configuration } from "./config-dir.ts";
import { Deadlines } from "./deadlines.ts";
import { DownstreamConnection } from "./downstream.ts";
import { EventClock } from "./event-clock.ts";
import { type Place, placesOf } from "./listener.ts";
import { Listeners } from "./listeners.ts";
import { Pool } from "./pool.ts";
import type { Site } from "./site.ts";
import type { Origin } from "./streams.ts";

export type WorkerOptions = {
  readonly accessLog: AccessLog;
  readonly answerStats: (head: RequestHead) => Promise<LocalResponse>;
};

/** Serves connections by the table in force. */
export class Worker implements Site {
  readonly clock = new EventClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly accessLog: AccessLog;
  readonly answerStats: (head: RequestHead) => Promise<LocalResponse>;
  isDraining = false;
  readonly #listeners = new Listeners((socket, origin) => this.#accept(socket, origin));
  readonly #connections = new Set<DownstreamConnection>();
  #table: Table | undefined;
  #states = new Map<string, BackendState>();
  #appTraffic = new Map<string, Traffic>();
  readonly #listenerTraffic = new Map<string, Traffic>();
  #pools = new Map<BackendState, Pool>();
  #onEmpty: (() => void) | undefined;
  #date = { second: 0, text: "" };

  constructor({ accessLog, answerStats }: WorkerOptions) {
    this.accessLog = accessLog;
    this.answerStats = answerStats;
  }

  /** There is one from the first {@link apply} on, and connections only then. */
  get table(): Table {
    if (this.#table === undefined) throw new Error("worker: no table before the first configuration");
    return this.#table;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Counts of each listener by name. */
  get listenerTraffic(): ReadonlyMap<string, Traffic> {
    return this.#listenerTraffic;
  }

  get ports(): Readonly<Record<string, number>> {
    return this.#listeners.ports;
  }

  /**
   * Puts a configuration in force, as a whole: connections and the state of kept backends stay.
   *
   * @throws the system's error when a listener can't be opened; the old configuration then stays in force
   */
  async apply({ proxy, apps, certificates }: Configuration): Promise<Table> {
    const states = new Map<string, BackendState>();
    const appTraffic = new Map<string, Traffic>();
    const table = buildTable(proxy, apps, {
      stateOf: (appName, backendName, address) =>
        carry(this.#states, states, `${appName} ${backendName} ${address}`, newBackendState),
      trafficOf: (appName) => carry(this.#appTraffic, appTraffic, appName, newTraffic),
    });
    const tls = { versionMin: proxy.tls.versionMin, handshakeMs: proxy.timeouts.tlsHandshakeMs };
    const prepared = await this.#listeners.prepare(this.#places(proxy), new CertificateStore(certificates), tls);
    this.#table = table;
    this.#states = states;
    this.#appTraffic = appTraffic;
    this.#renewPools(table);
    prepared.commit();
    return table;
  }

  poolOf(app: App, backend: Backend): Pool {
    const pool = this.#pools.get(backend.state);
    if (pool !== undefined) return pool;
    // An exchange that began before a reload may still need a backend that is gone.
    const { host, port } = splitHostPort(backend.address) ?? { host: app.name, port: 0 };
    const orphan = new Pool(host, port, this.deadlines, this.clock);
    orphan.close();
    return orphan;
  }

  dateText(): string {
    const nowMs = Date.now();
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#date.second) this.#date = { second, text: new Date(nowMs).toUTCString() };
    return this.#date.text;
  }

  /** Accepts nothing more and lets what is under way end, for `drainMs` at the longest. */
  async drain(drainMs: number): Promise<void> {
    this.isDraining = true;
    this.#listeners.close();
    for (const connection of [...this.#connections]) connection.drain();
    await this.#untilEmpty(drainMs);
    for (const connection of [...this.#connections]) connection.destroy();
    for (const pool of this.#pools.values()) pool.close();
    this.deadlines.stop();
  }

  #accept(socket: Socket, origin: Origin): void {
    const { table } = this;
    if (this.isDraining || this.#connections.size >= table.proxy.limits.connectionsMax) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    const peer = {
      address,
      port: socket.remotePort ?? 0,
      isTrusted: isTrusted(address, table.trusted),
      last: undefined,
    };
    this.#connections.add(new DownstreamConnection(this, socket, peer, origin, (gone) => this.#forget(gone)));
  }

  #forget(connection: DownstreamConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #untilEmpty(drainMs: number): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, drainMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #places(proxy: ProxyConfig): Place[] {
    return placesOf(proxy, (name) => carry(this.#listenerTraffic, this.#listenerTraffic, name, newTraffic));
  }

  #renewPools({ apps }: Table): void {
    const before = this.#pools;
    this.#pools = new Map();
    for (const { backends } of apps) {
      for (const { state, address } of backends) {
        const place = splitHostPort(address);
        const pool = before.get(state) ?? (place && new Pool(place.host, place.port, this.deadlines, this.clock));
        if (pool !== undefined) this.#pools.set(state, pool);
        before.delete(state);
      }
    }
    for (const pool of before.values()) pool.close();
  }
}

/** The value of the old map, or a new one, put into the new map. */
function carry<V>(before: ReadonlyMap<string, V>, after: Map<string, V>, key: string, create: () => V): V {
  const value = before.get(key) ?? create();
  after.set(key, value);
  return value;
}
