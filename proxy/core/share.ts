import type { ServedApp } from "../../config/passthrough.ts";
import type { ProxyConfig } from "../../config/proxy.ts";

/**
 * A worker's part of what is limited for a daemon as a whole; connections are spread evenly, so its limit is too.
 *
 * @param workers  how many share it
 */
export function shareOf<C extends { readonly proxy: ProxyConfig; readonly apps: readonly ServedApp[] }>(
  configuration: C,
  workers: number,
): C {
  const { proxy, apps } = configuration;
  const part = (limit: number) => Math.ceil(limit / workers);
  const partOf = (limit: number | undefined) => (limit === undefined ? undefined : part(limit));
  const limits = {
    ...proxy.limits,
    connectionsMax: part(proxy.limits.connectionsMax),
    connectionsPerAddressMax: partOf(proxy.limits.connectionsPerAddressMax),
  };
  return { ...configuration, proxy: { ...proxy, limits }, apps: apps.map((app) => shareOfApp(app, partOf)) };
}

function shareOfApp(app: ServedApp, partOf: (limit: number | undefined) => number | undefined): ServedApp {
  const entries = Object.entries(app.backends);
  if (entries.every(([, { sessionsMax }]) => sessionsMax === undefined)) return app;
  const backends = entries.map(([name, backend]) => [name, { ...backend, sessionsMax: partOf(backend.sessionsMax) }]);
  return { ...app, backends: Object.fromEntries(backends) };
}
