import type { App } from "./app.ts";
import { type Backend, isFull, rampOf, sessionsOf, weightOf } from "./backend.ts";
import { hashOf, mixHashes } from "./hash.ts";

/** What a choice may depend on, beside the backends. */
export type Occasion = {
  /** Monotonic. */
  readonly nowMs: number;
  /** 0 to below 1, another one at each call. */
  readonly random: () => number;
  /** What the request is hashed by, where the app balances so. Undefined: it has nothing of the kind. */
  readonly hashKey: string | undefined;
};

/**
 * Backend for a request that no cookie binds.
 *
 * @param tried  backends that have failed this request; one of them is taken again only when there is no other
 * @returns undefined when no backend takes new sessions, or none has one to spare
 */
export function selectBackend(app: App, tried: readonly Backend[], occasion: Occasion): Backend | undefined {
  const backends = app.isLimited ? app.choice.backends.filter((backend) => !isFull(backend)) : app.choice.backends;
  if (tried.length === 0) return pick(app, backends, occasion);
  const untried = backends.filter((backend) => !tried.includes(backend));
  return pick(app, untried.length > 0 ? untried : backends, occasion);
}

/**
 * Goes on by some turns without taking them. Workers choose each for itself: if all of them began with the same
 * backend, it would get the first requests of every one.
 */
export function skipTurns(app: App, turns: number, nowMs: number): void {
  app.choice.turn += turns;
  for (let turn = 0; turn < turns; turn++) pickSmooth(app, app.choice.backends, nowMs);
}

function pick(app: App, backends: readonly Backend[], occasion: Occasion): Backend | undefined {
  if (backends.length < 2) return backends[0];
  switch (app.balance.algorithm) {
    case "roundrobin":
      return pickSmooth(app, backends, occasion.nowMs);
    case "leastconn":
      return pickLeastLoaded(app, backends, occasion);
    case "random":
      return pickOfTwo(app, backends, occasion);
    case "hash":
      return pickByHash(app, backends, occasion);
  }
}

/** Smooth weighted round robin: each is owed its weight at every turn, the most owed is taken and pays for all. */
function pickSmooth(app: App, backends: readonly Backend[], nowMs: number): Backend | undefined {
  let best: Backend | undefined;
  let total = 0;
  for (const backend of backends) {
    const weight = partOf(app, backend, nowMs);
    total += weight;
    backend.state.owed += weight;
    if (best === undefined || backend.state.owed > best.state.owed) best = backend;
  }
  if (best !== undefined) best.state.owed -= total;
  return best;
}

/** Fewest sessions for its weight; equals take turns. */
function pickLeastLoaded(app: App, backends: readonly Backend[], { nowMs }: Occasion): Backend | undefined {
  const turn = app.choice.turn++;
  let best: Backend | undefined;
  let bestLoad = Number.POSITIVE_INFINITY;
  for (let step = 0; step < backends.length; step++) {
    const backend = backends[(turn + step) % backends.length];
    if (backend === undefined) continue;
    const load = loadOf(app, backend, nowMs);
    if (load < bestLoad) {
      best = backend;
      bestLoad = load;
    }
  }
  return best;
}

/** The less loaded of two that are drawn by their weights: no herd runs to the one that has just come back. */
function pickOfTwo(app: App, backends: readonly Backend[], { nowMs, random }: Occasion): Backend | undefined {
  const first = draw(app, backends, nowMs, random());
  const others = backends.filter((backend) => backend !== first);
  const second = draw(app, others, nowMs, random());
  if (first === undefined || second === undefined) return first ?? second;
  return loadOf(app, second, nowMs) < loadOf(app, first, nowMs) ? second : first;
}

function draw(app: App, backends: readonly Backend[], nowMs: number, random: number): Backend | undefined {
  let left = random * backends.reduce((sum, backend) => sum + partOf(app, backend, nowMs), 0);
  for (const backend of backends) {
    left -= partOf(app, backend, nowMs);
    if (left < 0) return backend;
  }
  return backends.at(-1);
}

/**
 * Consistent hashing, by the highest of the backends' scores (rendezvous): a backend that comes or goes moves only what
 * is its own.
 *
 * With bounded load, one that has more than its part of all sessions passes what is too much on to the next score.
 */
function pickByHash(app: App, backends: readonly Backend[], occasion: Occasion): Backend | undefined {
  const { nowMs, hashKey } = occasion;
  if (hashKey === undefined) return pickSmooth(app, backends, nowMs);
  const hash = hashOf(hashKey);
  const isRoomy = roomIn(app, backends, nowMs);
  let best: Backend | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const backend of backends) {
    const score = -partOf(app, backend, nowMs) / Math.log(mixHashes(hash, backend.nameHash));
    if (score <= bestScore || !isRoomy(backend)) continue;
    best = backend;
    bestScore = score;
  }
  return best ?? pickLeastLoaded(app, backends, occasion);
}

/** Which backends may have another session, with the app's bound on their load. */
function roomIn(app: App, backends: readonly Backend[], nowMs: number): (backend: Backend) => boolean {
  const { hashLoadPercent } = app.balance;
  if (hashLoadPercent === 0) return () => true;
  let sessions = 1;
  let weights = 0;
  for (const backend of backends) {
    sessions += sessionsOf(backend.state);
    weights += partOf(app, backend, nowMs);
  }
  const perWeight = (sessions * hashLoadPercent) / 100 / weights;
  return (backend) => sessionsOf(backend.state) < Math.ceil(perWeight * partOf(app, backend, nowMs));
}

function loadOf(app: App, backend: Backend, nowMs: number): number {
  return (sessionsOf(backend.state) + 1) / partOf(app, backend, nowMs);
}

/** A backup that serves alone may have weight 0. One that has just come up has a part of its own. */
function partOf({ balance }: App, backend: Backend, nowMs: number): number {
  const weight = weightOf(backend) || 1;
  return balance.slowStartMs === 0 ? weight : weight * rampOf(backend, balance.slowStartMs, nowMs);
}
