import type { ProxyConfig } from "../../config/proxy.ts";

/**
 * A worker's part of what is limited for a daemon as a whole; connections are spread evenly, so its limit is too.
 *
 * @param workers  how many share it
 */
export function shareOf<C extends { readonly proxy: ProxyConfig }>(configuration: C, workers: number): C {
  const { proxy } = configuration;
  const connectionsMax = Math.ceil(proxy.limits.connectionsMax / workers);
  return { ...configuration, proxy: { ...proxy, limits: { ...proxy.limits, connectionsMax } } };
}
