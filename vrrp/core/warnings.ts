import type { Prediction } from "../../config/failover.ts";

/** A setting that is allowed and will disappoint. */
export type Warning = { readonly path: string; readonly what: string };

/**
 * Failures under which this host keeps the addresses that it can no longer serve, one warning for each setting to change.
 *
 * @param predictions  what becomes of every single failure
 */
export function findWarnings(predictions: readonly Prediction[]): Warning[] {
  const stuck = predictions.filter(({ takeoverMs }) => takeoverMs === null);
  const paths = [...new Set(stuck.map(({ path }) => path))];
  return paths.map((path) => {
    const those = stuck.filter((one) => one.path === path);
    const instances = [...new Set(those.map(({ instance }) => instance))].join(", ");
    const failures = [...new Set(those.map(({ failure }) => failure))].join(", ");
    return { path, what: `NO FAILOVER of ${instances} when ${failures}: ${those[0]?.because}` };
  });
}
