import type { App } from "./app.ts";
import { backendKey } from "./backend.ts";
import type { SharedCounts } from "./shared-counts.ts";
import { backendSlot, NO_SLOTS, type Slots } from "./slots.ts";

/** What a daemon has under way that another has taken over from. */
export type Remains = {
  readonly connections: number;
  /** Of each backend that has any, by its key. */
  readonly sessions: Readonly<Record<string, number>>;
};

export function remainsOf(connections: number, apps: readonly App[]): Remains {
  const busy = apps.flatMap((app) =>
    app.backends
      .filter(({ state }) => state.traffic.sessions > 0)
      .map(({ name, address, state }) => [backendKey(app.name, name, address), state.traffic.sessions]),
  );
  return { connections, sessions: Object.fromEntries(busy) };
}

export function sumOfRemains(all: readonly Remains[]): Remains {
  const sessions: Record<string, number> = {};
  for (const remains of all) {
    for (const [key, count] of Object.entries(remains.sessions)) sessions[key] = (sessions[key] ?? 0) + count;
  }
  return { connections: all.reduce((sum, { connections }) => sum + connections, 0), sessions };
}

/** Remains as one more column beside those of the workers, to whom limits and loads are then what they are on the host. */
export class RemainsColumn {
  readonly #counts: SharedCounts;
  #slots = NO_SLOTS;
  #remains: Remains = { connections: 0, sessions: {} };
  /** Slots in which something stands. */
  #told: readonly number[] = [];

  /** @param counts  as the column's owner sees them */
  constructor(counts: SharedCounts) {
    this.#counts = counts;
  }

  /** Slots that are in force from now on. */
  assign(slots: Slots): void {
    this.#slots = slots;
    this.#publish();
  }

  hold(remains: Remains): void {
    this.#remains = remains;
    this.#publish();
  }

  /** What stays is not touched: to be counted as none for a moment would let too many in. */
  #publish(): void {
    const now = new Map<number, number>();
    for (const [key, sessions] of Object.entries(this.#remains.sessions)) {
      const slot = this.#slots[backendSlot(key)];
      if (slot !== undefined) now.set(slot, sessions);
    }
    for (const slot of this.#told) if (!now.has(slot)) this.#counts.slot(slot)[0].publish(0);
    for (const [slot, sessions] of now) this.#counts.slot(slot)[0].publish(sessions);
    this.#counts.connections.publish(this.#remains.connections);
    this.#told = [...now.keys()];
  }
}
