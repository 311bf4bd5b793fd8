import { splitHostPort } from "../../config/values.ts";
import type { App } from "../core/app.ts";
import type { Backend, BackendState } from "../core/backend.ts";
import { type BackendTls, prepareBackendTls } from "./backend-socket.ts";
import type { Deadlines } from "./deadlines.ts";
import type { EventClock } from "./event-clock.ts";
import { Pool } from "./pool.ts";
import { RawSource } from "./raw-upstream.ts";
import type { StreamSource } from "./streams.ts";

/** The connections to all backends of the table in force. */
export class Pools {
  readonly #deadlines: Deadlines;
  readonly #clock: EventClock;
  #pools = new Map<BackendState, { readonly pool: StreamSource; readonly tlsText: string }>();

  constructor(deadlines: Deadlines, clock: EventClock) {
    this.#deadlines = deadlines;
    this.#clock = clock;
  }

  of(app: App, backend: Backend): StreamSource {
    const known = this.#pools.get(backend.state);
    if (known !== undefined) return known.pool;
    // An exchange that began before a reload may still need a backend that is gone.
    const orphan = this.#open(app, backend.address, prepareBackendTls(app.backendTls));
    orphan.close();
    return orphan;
  }

  /** Goes over to another table: connections to backends that stay as they are stay too. */
  renew(apps: readonly App[]): void {
    const before = this.#pools;
    this.#pools = new Map();
    for (const app of apps) {
      const { backends, backendTls, passthrough } = app;
      const tlsText = JSON.stringify([passthrough === undefined, backendTls ?? null]);
      let tls: BackendTls | undefined;
      for (const { state, address } of backends) {
        const known = before.get(state);
        const isKept = known?.tlsText === tlsText;
        if (isKept) before.delete(state);
        else tls ??= prepareBackendTls(backendTls);
        this.#pools.set(state, isKept ? known : { pool: this.#open(app, address, tls), tlsText });
      }
    }
    for (const { pool } of before.values()) pool.close();
  }

  close(): void {
    for (const { pool } of this.#pools.values()) pool.close();
  }

  #open({ passthrough }: App, address: string, tls: BackendTls | undefined): StreamSource {
    const place = splitHostPort(address) ?? { host: address, port: 0 };
    const Source = passthrough === undefined ? Pool : RawSource;
    return new Source({ ...place, tls }, this.#deadlines, this.#clock);
  }
}
