import { hostOf } from "../wire/target.ts";
import type { App } from "./app.ts";

// Which app answers: the one with the most specific hostname, then with the longest
// path prefix. A request costs as many look-ups as the deepest prefix has segments,
// however many apps there are.

export type Route =
  | { readonly kind: "app"; readonly app: App; readonly isPrefixed: boolean }
  /** The path is an app's prefix without its last slash. */
  | { readonly kind: "toSlash"; readonly location: string }
  | { readonly kind: "none" };

export type Router = {
  readonly exact: ReadonlyMap<string, Paths>;
  /** By what follows the `*` of `*.example.com`. */
  readonly wildcard: ReadonlyMap<string, Paths>;
  readonly any: Paths;
  readonly defaultApp: App | undefined;
};

type Paths = { readonly byPrefix: Map<string, Route>; depthMax: number };

const NO_ROUTE: Route = { kind: "none" };

export function buildRouter(apps: readonly App[], defaultAppName: string | undefined): Router {
  const exact = new Map<string, Paths>();
  const wildcard = new Map<string, Paths>();
  const any = newPaths();
  for (const app of apps) {
    if (app.hostnames === undefined) addPath(any, app);
    for (const name of app.hostnames ?? []) {
      const isWildcard = name.startsWith("*.");
      addPath(pathsOf(isWildcard ? wildcard : exact, isWildcard ? name.slice(1) : name), app);
    }
  }
  return { exact, wildcard, any, defaultApp: apps.find(({ name }) => name === defaultAppName) };
}

/**
 * Route of a request.
 *
 * @param path  in normal form
 */
export function selectRoute(router: Router, authority: string, path: string): Route {
  const route = selectByHost(router, authority, path) ?? selectByPath(router.any, path);
  if (route !== undefined) return route;
  return router.defaultApp === undefined ? NO_ROUTE : { kind: "app", app: router.defaultApp, isPrefixed: false };
}

function selectByHost(router: Router, authority: string, path: string): Route | undefined {
  if (router.exact.size === 0 && router.wildcard.size === 0) return undefined;
  const host = hostOf(authority);
  const exact = router.exact.get(host);
  const route = exact === undefined ? undefined : selectByPath(exact, path);
  if (route !== undefined) return route;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
    const paths = router.wildcard.get(host.slice(dot));
    const found = paths === undefined ? undefined : selectByPath(paths, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function selectByPath(paths: Paths, path: string): Route | undefined {
  let route = paths.byPrefix.get("/");
  let slash = 0;
  for (let depth = 1; depth <= paths.depthMax; depth++) {
    slash = path.indexOf("/", slash + 1);
    if (slash < 0) return paths.byPrefix.has(`${path}/`) ? { kind: "toSlash", location: `${path}/` } : route;
    route = paths.byPrefix.get(path.slice(0, slash + 1)) ?? route;
  }
  return route;
}

function newPaths(): Paths {
  return { byPrefix: new Map(), depthMax: 0 };
}

function pathsOf(map: Map<string, Paths>, name: string): Paths {
  const known = map.get(name);
  if (known !== undefined) return known;
  const paths = newPaths();
  map.set(name, paths);
  return paths;
}

function addPath(paths: Paths, app: App): void {
  paths.byPrefix.set(app.prefix, { kind: "app", app, isPrefixed: true });
  paths.depthMax = Math.max(paths.depthMax, app.prefix.split("/").length - 2);
}
