import type { AppConfig, BackendConfig } from "../../config/app.ts";

// A backend that an app's document has lost does not take its sessions along: for a while those that a cookie binds
// to it still go there. Requests and tunnels under way are nobody's to end, and end by themselves.

/** Backends that the documents no longer have, by app and name. Plain values, so that workers can be told. */
export type Leaving = Readonly<Record<string, Readonly<Record<string, LeavingBackend>>>>;

export type LeavingBackend = {
  /** As the document had it last. */
  readonly config: BackendConfig;
  /** When the document lost it, ms, monotonic. */
  readonly sinceMs: number;
};

export const NOBODY_LEAVES: Leaving = {};

/**
 * Who is leaving once `apps` are in force.
 *
 * A backend that comes back is no longer leaving; of two with one name, the one in the document counts.
 */
export function leavingAfter(
  before: { readonly apps: readonly AppConfig[]; readonly leaving: Leaving },
  apps: readonly AppConfig[],
  nowMs: number,
): Leaving {
  const knownApps = new Map(before.apps.map((app) => [app.app, app]));
  const entries = apps.flatMap((app): [string, Record<string, LeavingBackend>][] => {
    const known = knownApps.get(app.app);
    const lost = Object.entries(known?.backends ?? {}).map(([name, config]): [string, LeavingBackend] => [
      name,
      { config, sinceMs: nowMs },
    ]);
    const leaving = [...lost, ...Object.entries(before.leaving[app.app] ?? {})].filter(
      ([name, backend]) => app.backends[name] === undefined && isAwaited(app, backend, nowMs),
    );
    return leaving.length === 0 ? [] : [[app.app, Object.fromEntries(leaving)]];
  });
  return entries.length === 0 ? NOBODY_LEAVES : Object.fromEntries(entries);
}

/** Whether a session may still come that is bound to it. */
function isAwaited({ persistence }: AppConfig, { config, sinceMs }: LeavingBackend, nowMs: number): boolean {
  return persistence.kind === "cookie" && !config.isCookieless && nowMs < sinceMs + persistence.drainRemovedMs;
}

/** When the next backend is gone for good, ms, monotonic; infinite when none is leaving. */
export function nextLeaveMs(leaving: Leaving, apps: readonly AppConfig[]): number {
  const times = apps.flatMap(({ app, persistence }) =>
    Object.values(leaving[app] ?? {}).map(({ sinceMs }) => sinceMs + persistence.drainRemovedMs),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...times);
}
