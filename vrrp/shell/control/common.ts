import { hashDocument } from "../../../config/document.ts";
import type { VrrpConfig } from "../../../config/vrrp.ts";

/** Digest of what both hosts of a pair must have in common; names, priorities and places are each host's own. */
export function commonHash({ trackProxy, control, instances }: VrrpConfig): string {
  const common = Object.entries(instances)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { vrid, version, advertIntervalMs, addresses, preempt, preemptDelayMs }]) => [
      ...[name, vrid, version, advertIntervalMs, preempt, preemptDelayMs],
      [...addresses].sort(),
    ]);
  return hashDocument(JSON.stringify([trackProxy, control?.port, control?.lingerMs, common]));
}
