import type { Load, Target } from "./load/load.ts";
import type { RunningPeer } from "./running-peer.ts";

/** One run of one peer. */
export type Sample = {
  /** In the row's unit. */
  readonly cost: number;
  /** 0 where the row does not drive requests. */
  readonly requestsPerSecond: number;
};

export type Measure = (running: RunningPeer, target: Target, seconds: number) => Promise<Sample>;

/** CPU time of the peer's processes per request, µs. */
export function cpuPerRequest(load: Load): Measure {
  return async (running, target, seconds) => {
    const before = running.cpuSeconds();
    const { requests, errors, seconds: took } = await load(target, seconds);
    const spent = running.cpuSeconds() - before;
    refuseErrors(running, requests, errors);
    return { cost: (spent * 1_000_000) / requests, requestsPerSecond: requests / took };
  };
}

/** 99th percentile of the latency, ms. */
export function latency(load: Load): Measure {
  return async (running, target, seconds) => {
    const { requests, errors, seconds: took, p99Ms = Number.NaN } = await load(target, seconds);
    refuseErrors(running, requests, errors);
    return { cost: p99Ms, requestsPerSecond: requests / took };
  };
}

/** Memory of the peer's processes while connections are held open, MiB. */
export function memoryWith(hold: (target: Target) => Promise<() => void>): Measure {
  return async (running, target) => {
    const release = await hold(target);
    const cost = running.memoryBytes() / 1_048_576;
    release();
    return { cost, requestsPerSecond: 0 };
  };
}

function refuseErrors(running: RunningPeer, requests: number, errors: number): void {
  if (requests === 0 || errors > requests * running.peer.failuresMax) {
    throw new Error(`${running.peer.name}: ${errors} of ${requests} requests failed, see ${running.assignment.dir}`);
  }
}
