import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import { deployApp, plainBackends } from "./app-files.ts";
import type { ProxiedAppArgs } from "./args/proxied-app.ts";
import { permission, permitted, problemsOfArgs, type Rules } from "./check.ts";
import { appNameClaim, type Claim, hostnameClaim, pairWords } from "./claims.ts";
import { handleParts } from "./handle.ts";
import { type ProxiedAppInput, proxiedAppProblems, proxiedAppWarnings, renderApp } from "./render/app.ts";

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
  const pair = await pairWords(loadBalancer);
  const names: readonly unknown[] = Array.isArray(hostnames) ? hostnames : [hostnames ?? "*"];
  return [
    appNameClaim(pair, app),
    ...(hostnames === undefined ? [] : names.map((each) => hostnameClaim(pair, each, "hostnames", "served"))),
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
  const file = { name: app.apply((known) => known.app), text: app.apply(renderApp) };
  const deployed = deployApp(parent, name, pair, file, allowed);
  // Waits for the hosts: who reads the url may use it.
  return pulumi.all([app, pair.url, deployed]).apply(([{ path }, url]) => new URL(path, url).href);
}

/** The args with the app's name filled in, and resources replaced by what is needed of them. */
function plainApp(name: string, args: ProxiedAppArgs): ProxiedAppArgs {
  return { ...args, app: args.app ?? name, backends: plainBackends(args.backends) };
}
