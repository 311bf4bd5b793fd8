import type { VrrpConfig } from "../../config/vrrp.ts";

/** A setting that is allowed and will disappoint. */
export type Warning = { readonly path: string; readonly what: string };

/** Settings that are valid and under which some failure leads to no failover, or a slow one. */
export function findWarnings(config: VrrpConfig): Warning[] {
  return [...findUselessWeight(config), ...findUntrackedProxy(config)];
}

/**
 * keepalived's `weight` with `nopreempt` on both hosts: a failed proxy lowers the priority, the other host hears it, and is forbidden to
 * take over from an Active that still sends.
 */
function findUselessWeight({ trackProxy, instances }: VrrpConfig): Warning[] {
  if (!trackProxy.isEnabled || trackProxy.weight === 0) return [];
  const stuck = Object.keys(instances).filter((name) => instances[name]?.preempt === "never");
  if (stuck.length === 0) return [];
  const what =
    `${trackProxy.weight} with preempt "never" (instances ${stuck.join(", ")}) NEVER FAILS OVER when the proxy dies: the weight only ` +
    `lowers the priority, and a Backup that does not preempt follows any Active. Use weight 0, or preempt "when-healthier"`;
  return [{ path: "trackProxy.weight", what }];
}

function findUntrackedProxy({ trackProxy }: VrrpConfig): Warning[] {
  if (trackProxy.isEnabled) return [];
  return [{ path: "trackProxy.isEnabled", what: "false: the addresses stay on a host whose proxy is dead" }];
}
