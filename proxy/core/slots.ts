import type { ServedApp } from "../../config/passthrough.ts";
import { backendKey } from "./backend.ts";
import type { Leaving } from "./leaving.ts";
import { SLOTS_MAX } from "./shared-counts.ts";

/** Place of each app and backend in the memory that workers share (shared-counts.ts), by key. */
export type Slots = Readonly<Record<string, number>>;

export const NO_SLOTS: Slots = {};

export const appSlot = (appName: string) => `app ${appName}`;
export const backendSlot = (key: string) => `backend ${key}`;

/**
 * Slots after a change: what is counted already keeps its own.
 *
 * One that becomes free may be given again by the next change: by then every worker has left it.
 *
 * @throws Error when there are more to count than there are slots
 */
export function assignSlots(before: Slots, apps: readonly ServedApp[], leaving: Leaving): Slots {
  const keys = apps.flatMap((app) => countedKeys(app, Object.entries(leaving[app.app] ?? {})));
  if (keys.length > SLOTS_MAX) {
    throw new Error(
      `apps: sessionsMax, leastconn, random or hash: got ${keys.length} to count, want at most ${SLOTS_MAX}`,
    );
  }
  const taken = new Set(Object.values(before));
  let next = 0;
  const free = () => {
    while (taken.has(next)) next++;
    return next++;
  };
  return Object.fromEntries(keys.map((key) => [key, before[key] ?? free()]));
}

/** What of an app depends on all workers: nothing, unless a limit or a load decides. */
function countedKeys(app: ServedApp, leaving: readonly [string, Leaving[string][string]][]): string[] {
  const backends = [
    ...Object.entries(app.backends),
    ...leaving.map(([name, { config }]): [string, ServedApp["backends"][string]] => [name, config]),
  ];
  const isLimited = backends.some(([, { sessionsMax }]) => sessionsMax !== undefined);
  if (!isLimited && !isLoadBalanced(app)) return [];
  return [appSlot(app.app), ...backends.map(([name, { address }]) => backendSlot(backendKey(app.app, name, address)))];
}

function isLoadBalanced({ balance }: ServedApp): boolean {
  switch (balance.algorithm) {
    case "roundrobin":
      return false;
    case "leastconn":
    case "random":
      return true;
    case "hash":
      return balance.hashLoadPercent > 0;
  }
}
