import type { AppConfig } from "./app.ts";
import type { ServedApp } from "./passthrough.ts";
import type { Problem } from "./problems.ts";
import type { ProxyConfig } from "./proxy.ts";

// What no single document can see: whether the documents of one host fit together.

type Served = Pick<AppConfig, "app" | "path" | "hostnames">;

/** Apps that would answer for the same path: the path of a request decides its app, so one of them must move. */
export function overlappingApps(apps: readonly Served[]): Problem[] {
  const owners = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { app, path, hostnames } of apps) {
    for (const host of hostnames ?? ["*"]) {
      const key = `${host} ${path}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, app);
      else
        problems.push({
          path: `apps.${app}.path`,
          got: JSON.stringify(path),
          want: `a path that app "${owner}" does not have`,
        });
    }
  }
  return problems;
}

/** Everything that must hold between the proxy's document and the apps'. */
export function relationProblems(proxy: ProxyConfig, apps: readonly ServedApp[]): Problem[] {
  const served = apps.filter(({ passthrough }) => passthrough === undefined);
  // No app need bear the name of `defaultApp`: the pair is there before its apps, and may outlive any of them.
  return [
    ...overlappingApps(served),
    ...sharedNames(
      proxy,
      served,
      apps.filter(({ passthrough }) => passthrough !== undefined),
    ),
    ...sharedPorts(proxy),
    ...missingCertificate(proxy),
  ];
}

/** Names for which TLS would have to end here and at a backend. */
function sharedNames(proxy: ProxyConfig, served: readonly ServedApp[], passed: readonly ServedApp[]): Problem[] {
  const owners = new Map<string, string>();
  for (const [name, { hostnames }] of Object.entries(proxy.certificates))
    for (const host of hostnames) owners.set(host, `certificate "${name}"`);
  for (const { app, hostnames } of served) for (const host of hostnames ?? []) owners.set(host, `app "${app}"`);
  return passed.flatMap(({ app, hostnames }) =>
    (hostnames ?? []).flatMap((host) => {
      const owner = owners.get(host);
      if (owner === undefined) owners.set(host, `app "${app}"`);
      const want = `a name that ${owner} does not have`;
      return owner === undefined ? [] : [{ path: `apps.${app}.hostnames`, got: JSON.stringify(host), want }];
    }),
  );
}

/** Listeners, the stats page among them, that could not be opened beside each other. */
export function sharedPorts(proxy: ProxyConfig): Problem[] {
  const places = Object.entries(proxy.listeners).map(([name, { address, port }]) => ({
    path: `listeners.${name}.port`,
    address: address ?? "*",
    port,
  }));
  if (proxy.stats !== undefined) places.push({ path: "stats.port", address: "*", port: proxy.stats.port });
  return places.flatMap((place, index) => {
    const taken = places
      .slice(0, index)
      .find((other) => other.port === place.port && meet(other.address, place.address));
    return taken === undefined
      ? []
      : [{ path: place.path, got: String(place.port), want: `a port that ${taken.path} does not have` }];
  });
}

function meet(a: string, b: string): boolean {
  return a === "*" || b === "*" || a === b;
}

function missingCertificate(proxy: ProxyConfig): Problem[] {
  const isNeeded = Object.values(proxy.listeners).some(({ kind }) => kind === "https");
  if (!isNeeded || Object.keys(proxy.certificates).length > 0) return [];
  return [{ path: "certificates", got: "{}", want: "at least 1 certificate for the https listener" }];
}
