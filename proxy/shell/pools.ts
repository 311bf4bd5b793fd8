import { splitHostPort } from "../../config/values.ts";
import type { App } from "../core/app.ts";
import type { Backend, BackendState } from "../core/backend.ts";
import { type BackendTls, prepareBackendTls } from "./backend-socket.ts";
import type { Deadlines } from "./deadlines.ts";
import type { EventClock } from "./event-clock.ts";
import { Pool } from "./pool.ts";
import { RawSource } from "./raw-upstream.ts";
import type { StreamSource } from "./streams.ts";

/**
 * The connections to all backends of the table in force.
 *
 * Apps that name the same server and speak to it in the same way share them: many apps on few servers need no more
 * connections than one.
 */
export class Pools {
  readonly #deadlines: Deadlines;
  readonly #clock: EventClock;
  /** By all that a connection depends on. */
  #shared = new Map<string, StreamSource>();
  #pools = new Map<BackendState, StreamSource>();

  constructor(deadlines: Deadlines, clock: EventClock) {
    this.#deadlines = deadlines;
    this.#clock = clock;
  }

  of(app: App, backend: Backend): StreamSource {
    const known = this.#pools.get(backend.state);
    if (known !== undefined) return known;
    // An exchange that began before a reload may still need a backend that is gone.
    const orphan = this.#open(app, backend.address, prepareBackendTls(app.backendTls, app.clientPem));
    orphan.close();
    return orphan;
  }

  /** Goes over to another table: connections to servers that stay as they are stay too. */
  renew(apps: readonly App[]): void {
    const before = this.#shared;
    this.#shared = new Map();
    this.#pools = new Map();
    for (const app of apps) {
      const way = JSON.stringify([app.passthrough === undefined, app.backendTls ?? null, app.clientPem ?? null]);
      let tls: BackendTls | undefined;
      for (const { state, address } of app.backends) {
        const key = `${address} ${way}`;
        let pool = this.#shared.get(key) ?? before.get(key);
        if (pool === undefined) {
          tls ??= prepareBackendTls(app.backendTls, app.clientPem);
          pool = this.#open(app, address, tls);
        }
        before.delete(key);
        this.#shared.set(key, pool);
        this.#pools.set(state, pool);
      }
    }
    for (const pool of before.values()) pool.close();
  }

  close(): void {
    for (const pool of this.#shared.values()) pool.close();
  }

  #open({ passthrough }: App, address: string, tls: BackendTls | undefined): StreamSource {
    const place = splitHostPort(address) ?? { host: address, port: 0 };
    const Source = passthrough === undefined ? Pool : RawSource;
    return new Source({ ...place, tls }, this.#deadlines, this.#clock);
  }
}
