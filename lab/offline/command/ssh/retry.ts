import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../../grpc/provider.ts";

const FIRST_WAIT_MS = 100;
const WAIT_FACTOR = 1.5;
const WAIT_MAX_MS = 5_000;

/**
 * Tries until it succeeds or has failed too often.
 *
 * @param limit failures that are forgiven; -1: any number. The official plugin tries once more than that
 * @throws the last failure with the number of attempts in front, or the reason of an abort
 */
export async function retrying<T>(
  what: string,
  limit: number,
  context: Context,
  attempt: () => Promise<T>,
): Promise<T> {
  let waitMs = FIRST_WAIT_MS;
  for (let failures = 0; ; failures++) {
    context.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      context.signal.throwIfAborted();
      if (limit > -1 && failures >= limit) {
        throw new Error(`after ${failures} failed attempts: ${error instanceof Error ? error.message : error}`);
      }
    }
    context.log.status(`${what} ${failures + 1}/${limit === -1 ? "inf" : limit} failed: retrying`);
    await sleep(waitMs, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted());
    waitMs = Math.min(waitMs * WAIT_FACTOR, WAIT_MAX_MS);
  }
}
