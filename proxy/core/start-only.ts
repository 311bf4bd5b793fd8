import type { ProxyConfig } from "../../config/proxy.ts";

// Settings that a reload can't put in force: everything else changes in place.

/**
 * What of a configuration waits for the next start, each as a sentence.
 *
 * @param started  what the daemon began with
 */
export function startOnlyChanges(started: ProxyConfig, now: ProxyConfig): string[] {
  return notice("workers", started.workers, now.workers);
}

function notice(path: string, inForce: number | undefined, asked: number | undefined): string[] {
  if (inForce === asked) return [];
  const text = (value: number | undefined) => (value === undefined ? "the default" : String(value));
  return [`${path}: ${text(asked)} from the next start on, ${text(inForce)} until then`];
}
