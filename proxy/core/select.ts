import type { App } from "./app.ts";
import { type Backend, isFull } from "./backend.ts";

/**
 * Backend for a request that no cookie binds.
 *
 * @param tried  backends that have failed this request; one of them is taken again only when there is no other
 * @returns undefined when no backend takes new sessions, or none has one to spare
 */
export function selectBackend(app: App, tried: readonly Backend[]): Backend | undefined {
  const backends = app.isLimited ? app.choice.backends.filter((backend) => !isFull(backend)) : app.choice.backends;
  if (tried.length === 0) return pick(app, backends);
  const untried = backends.filter((backend) => !tried.includes(backend));
  return pick(app, untried.length > 0 ? untried : backends);
}

function pick(app: App, backends: readonly Backend[]): Backend | undefined {
  if (backends.length < 2) return backends[0];
  switch (app.algorithm) {
    case "roundrobin":
      return pickSmooth(backends);
    case "leastconn":
      return pickLeastLoaded(backends, app.choice.turn++);
  }
}

/** Smooth weighted round robin: each is owed its weight at every turn, the most owed is taken and pays for all. */
function pickSmooth(backends: readonly Backend[]): Backend | undefined {
  let best: Backend | undefined;
  let total = 0;
  for (const backend of backends) {
    const weight = weightOf(backend);
    total += weight;
    backend.state.owed += weight;
    if (best === undefined || backend.state.owed > best.state.owed) best = backend;
  }
  if (best !== undefined) best.state.owed -= total;
  return best;
}

/** Fewest sessions for its weight; equals take turns. */
function pickLeastLoaded(backends: readonly Backend[], turn: number): Backend | undefined {
  let best: Backend | undefined;
  let bestLoad = Number.POSITIVE_INFINITY;
  for (let step = 0; step < backends.length; step++) {
    const backend = backends[(turn + step) % backends.length];
    if (backend === undefined) continue;
    const load = (backend.state.traffic.sessions + 1) / weightOf(backend);
    if (load < bestLoad) {
      best = backend;
      bestLoad = load;
    }
  }
  return best;
}

/** A backup that serves alone may have weight 0. */
function weightOf(backend: Backend): number {
  return Math.max(1, backend.weight);
}
