import type { BackendConfig } from "../../config/app.ts";
import { newTraffic, type Traffic } from "./traffic.ts";

/** One server of an app, as the current configuration has it. */
export type Backend = {
  readonly name: string;
  /** host:port as configured: where to connect, and `Host` for clients that named none. */
  readonly address: string;
  readonly weight: number;
  readonly isBackup: boolean;
  readonly cookieValue: string;
  /** Requests at once; infinite for no limit. */
  readonly sessionsMax: number;
  readonly state: BackendState;
};

/** What changes while a backend is served; it outlives reloads that keep the backend's name and address. */
export type BackendState = {
  /** Answered by the health checks: may get requests at all. */
  isUp: boolean;
  /** Errors of requests since the last one without (observe.ts). */
  errorsInRow: number;
  /** Smooth weighted round robin: what this backend is owed. */
  owed: number;
  readonly traffic: Traffic;
};

export function newBackendState(): BackendState {
  return { isUp: true, errorsInRow: 0, owed: 0, traffic: newTraffic() };
}

/** All the requests that it may have at once are under way. */
export function isFull({ sessionsMax, state }: Backend): boolean {
  return state.traffic.sessions >= sessionsMax;
}

/** What a state is kept by: across reloads, and between the workers of a daemon. */
export function backendKey(appName: string, backendName: string, address: string): string {
  return `${appName} ${backendName} ${address}`;
}

export function compileBackend(name: string, config: BackendConfig, state: BackendState): Backend {
  return {
    name,
    address: config.address,
    weight: config.weight,
    isBackup: config.isBackup,
    cookieValue: config.cookieValue ?? name,
    sessionsMax: config.sessionsMax ?? Number.POSITIVE_INFINITY,
    state,
  };
}
