import type { KeptState } from "../core/app.ts";
import { type BackendState, backendKey, newBackendState, shareState } from "../core/backend.ts";
import { Line } from "../core/line.ts";
import type { SharedCounts } from "../core/shared-counts.ts";
import { appSlot, backendSlot, NO_SLOTS, type Slots } from "../core/slots.ts";
import { newTraffic, type Traffic } from "../core/traffic.ts";

/** What other workers of this host see and hear. */
export type Company = {
  readonly counts: SharedCounts;
  /** As {@link LineElsewhere.pass}, with the backend's key. */
  readonly pass: (key: string) => void;
};

type AppState = { readonly traffic: Traffic; readonly line: Line };

/** What outlives reloads, by name: counts, states of backends, those who wait. */
export class Kept {
  readonly listeners = new Map<string, Traffic>();
  #backends = new Map<string, BackendState>();
  #apps = new Map<string, AppState>();
  #slots = NO_SLOTS;

  /** What a table that is being built goes on with; nothing changes before `commit`. */
  prepare(): { readonly kept: KeptState; readonly commit: (slots: Slots, company: Company | undefined) => void } {
    const backends = new Map<string, BackendState>();
    const apps = new Map<string, AppState>();
    const appOf = (name: string) => carry(this.#apps, apps, name, newAppState);
    const kept: KeptState = {
      stateOf: (appName, backendName, address) =>
        carry(this.#backends, backends, backendKey(appName, backendName, address), newBackendState),
      trafficOf: (appName) => appOf(appName).traffic,
      lineOf: (appName) => appOf(appName).line,
    };
    const commit = (slots: Slots, company: Company | undefined) => {
      for (const [key, state] of this.#backends) if (!backends.has(key)) shareState(state, undefined);
      for (const [name, { line }] of this.#apps) if (!apps.has(name)) line.share(undefined);
      this.#backends = backends;
      this.#apps = apps;
      if (company !== undefined) this.#share(slots, company);
    };
    return { kept, commit };
  }

  /** State of a backend by its key. */
  stateOf(key: string): BackendState | undefined {
    return this.#backends.get(key);
  }

  listenerTraffic(name: string): Traffic {
    return carry(this.listeners, this.listeners, name, newTraffic);
  }

  /** Everything that is counted, by a key that other workers use for the same. */
  *traffics(): Iterable<readonly [string, Traffic]> {
    for (const [name, traffic] of this.listeners) yield [`listener ${name}`, traffic];
    for (const [name, { traffic }] of this.#apps) yield [`app ${name}`, traffic];
    for (const [key, { traffic }] of this.#backends) yield [`backend ${key}`, traffic];
  }

  /** Traffic of a key of {@link traffics}, if there is such a listener, app or backend. */
  trafficOf(key: string): Traffic | undefined {
    const [kind = ""] = key.split(" ", 1);
    const name = key.slice(kind.length + 1);
    if (kind === "listener") return this.listeners.get(name);
    return (kind === "app" ? this.#apps : this.#backends).get(name)?.traffic;
  }

  #share(slots: Slots, { counts, pass }: Company): void {
    const before = this.#slots;
    this.#slots = slots;
    // What keeps its slot is not touched: to be counted as none for a moment would let too many in elsewhere.
    const rowsOf = (key: string) => {
      const slot = slots[key];
      return { isKept: slot === before[key], rows: slot === undefined ? undefined : counts.slot(slot) };
    };
    for (const [key, state] of this.#backends) {
      const { isKept, rows } = rowsOf(backendSlot(key));
      if (!isKept) shareState(state, rows && { sessions: rows[0], oldest: rows[1] });
    }
    for (const [name, { line }] of this.#apps) {
      const { isKept, rows } = rowsOf(appSlot(name));
      if (isKept) continue;
      line.share(
        rows && {
          waiting: rows[0],
          oldest: rows[1],
          takeTicket: () => counts.takeTicket(),
          pass: (backend) => pass(backendKey(name, backend.name, backend.address)),
        },
      );
    }
  }
}

function newAppState(): AppState {
  const traffic = newTraffic();
  return { traffic, line: new Line(traffic) };
}

/** The value of the old map, or a new one, put into the new map. */
function carry<V>(before: ReadonlyMap<string, V>, after: Map<string, V>, key: string, create: () => V): V {
  const value = after.get(key) ?? before.get(key) ?? create();
  after.set(key, value);
  return value;
}
