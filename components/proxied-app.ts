import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import type { BackendArgs, ProxiedAppArgs } from "./args/proxied-app.ts";
import { permission, permitted, problemsOfArgs, type Rules } from "./check.ts";
import type { Claim } from "./claims.ts";
import { connectionOf, handleParts } from "./handle.ts";
import { mapRecord, whenKnown } from "./inputs.ts";
import { fateOptions } from "./remote/fate.ts";
import { appliedDocument } from "./remote/lbctl.ts";
import { type ProxiedAppInput, proxiedAppProblems, proxiedAppWarnings, renderApp } from "./render/app.ts";
import { type Connections, inOrder, orderForApps } from "./rollout.ts";
import { settle } from "./settle.ts";
import { takeTurns } from "./turns.ts";

/** An app behind a pair: a path prefix, its backends, and how they are used. */
export class ProxiedApp extends pulumi.ComponentResource {
  /** Address of the app. Example: `https://example.com/app1/`. */
  readonly url: pulumi.Output<string>;

  /**
   * @param name  name of the resource, and of the app on the hosts unless `args.app` says otherwise
   * @param args  the app
   * @param opts  options of the component
   */
  constructor(name: string, args: ProxiedAppArgs, opts?: pulumi.ComponentResourceOptions) {
    const app = plainApp(name, args);
    super("lbpair:index:ProxiedApp", name, { app: app.app, path: app.path }, opts);
    const { isSound, allowed } = permission(this, `ProxiedApp ${name}`, APP_RULES, app);
    this.url = isSound ? deploy(this, name, app, allowed) : allowed.apply(() => "");
    this.registerOutputs({ url: this.url });
  }
}

/** Everything that is wrong with an app's args, as far as it can be known now. */
export function proxiedAppArgsProblems(name: string, args: ProxiedAppArgs): Promise<Problem[]> {
  return problemsOfArgs(proxiedAppProblems, plainApp(name, args));
}

/** What an app's args are judged by. */
const APP_RULES: Rules = { problems: proxiedAppProblems, warnings: proxiedAppWarnings, claims: appClaims };

/** On one pair a path belongs to one app, and so does a name: it is that of a file on the hosts, and of a cookie. */
async function appClaims({ app, path, hostnames, loadBalancer }: Partial<AppInput>): Promise<Claim[]> {
  if (loadBalancer === undefined) return [];
  const addresses = await settle(handleParts(loadBalancer).sourceAddresses);
  const pair = Array.isArray(addresses.value) ? addresses.value : [addresses.value];
  const names: readonly unknown[] = Array.isArray(hostnames) ? hostnames : [hostnames ?? "*"];
  return [
    { of: ["app", ...pair, app], path: "app", want: (owner) => `a name that ${owner} does not have on this pair` },
    ...names.map(
      (hostname): Claim => ({
        of: ["path", ...pair, hostname, path],
        path: "path",
        reads: ["hostnames"],
        want: (owner) => `a path that ${owner} does not have`,
      }),
    ),
  ];
}

type AppInput = ProxiedAppInput & { readonly loadBalancer: ProxiedAppArgs["loadBalancer"] };

function deploy(
  parent: ProxiedApp,
  name: string,
  args: ProxiedAppArgs,
  allowed: pulumi.Output<true>,
): pulumi.Output<string> {
  const { loadBalancer, ...document } = args;
  const pair = handleParts(loadBalancer);
  const app = permitted(allowed, document) as pulumi.Output<ProxiedAppInput>;
  const text = app.apply(renderApp);
  const connections = permitted(allowed, pair.connections) as pulumi.Output<Connections>;
  const deployed = pulumi.all([pair.hostNames, pair.goneHosts]).apply(([hosts, gone]) => {
    const order = orderForApps(hosts, gone, connections, pair.virtualAddresses);
    const ready = pulumi.all([text, order, connections]).apply(([, , known]) => known);
    const last = takeTurns(ready, (turn) =>
      inOrder(hosts, order, (host, before) => {
        const shared = { kind: "app", name: app.apply((known) => known.app), text } as const;
        const connection = turn.apply((known) => connectionOf(known, host));
        const fate = fateOptions(gone.includes(host) ? "gone" : "cleanedUp");
        return appliedDocument(`${name}-${host}`, { ...shared, connection }, { parent, dependsOn: before, ...fate });
      }),
    );
    return pulumi.all(last.map(({ urn }) => urn));
  });
  // Waits for the hosts: who reads the url may use it.
  return pulumi.all([app, pair.url, deployed]).apply(([{ path }, url]) => new URL(path, url).href);
}

/** The args with the app's name filled in, and resources replaced by what is needed of them. */
function plainApp(name: string, args: ProxiedAppArgs): ProxiedAppArgs {
  return { ...args, app: args.app ?? name, backends: whenKnown(args.backends, (map) => mapRecord(map, plainBackend)) };
}

/** Outputs keep resources as they are, so only a BackendServer's address goes in. */
function plainBackend(backend: pulumi.Input<BackendArgs>): pulumi.Input<BackendArgs> {
  return whenKnown(backend, (known) => {
    if (known?.server === undefined) return known;
    return { ...known, server: whenKnown(known.server, (server) => ({ address: server?.address })) };
  });
}
