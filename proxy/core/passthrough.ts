import type { App } from "./app.ts";

// Which connections are carried to a backend as they are: those that ask for a name of a passthrough app (SNI). A name
// that is written out goes before a wildcard, on whichever side it stands.

export type Passthroughs = {
  /** By name, or by what follows the `*` of `*.example.com`. */
  readonly byName: ReadonlyMap<string, App>;
  /** Names for which TLS ends here, though a wildcard of a passthrough app would cover them. */
  readonly ended: ReadonlySet<string>;
};

/**
 * @param certified  names that the certificates are for
 * @returns undefined when no app is of that kind
 */
export function buildPassthroughs(apps: readonly App[], certified: readonly string[]): Passthroughs | undefined {
  const byName = new Map<string, App>();
  const ended = new Set(certified);
  for (const app of apps) {
    for (const name of app.hostnames ?? []) {
      if (app.passthrough === undefined) ended.add(name);
      else byName.set(name.replace(/^\*/, ""), app);
    }
  }
  return byName.size === 0 ? undefined : { byName, ended };
}

/** App that a connection is for; undefined: TLS ends here. */
export function selectPassthrough({ byName, ended }: Passthroughs, serverName: string): App | undefined {
  const exact = byName.get(serverName);
  if (exact !== undefined || ended.has(serverName)) return exact;
  const dot = serverName.indexOf(".");
  // RFC 6125 6.4.3: a wildcard stands for one label.
  return dot < 1 ? undefined : byName.get(serverName.slice(dot));
}
