import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import { deployApps, plainBackends } from "./app-files.ts";
import { appClaims, appProblems } from "./app-rules.ts";
import type { ProxiedAppArgs } from "./args/proxied-app.ts";
import { permission, permitted, problemsOfArgs, type Rules } from "./check.ts";
import { type Claim, pairWords } from "./claims.ts";
import { clientCertificates, withoutKey } from "./client-certificates.ts";
import { handleParts } from "./handle.ts";
import { type AppValues, type ProxiedAppInput, proxiedAppWarnings, renderApp } from "./render/app.ts";

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
  return problemsOfArgs(appProblems, plainApp(name, args));
}

/** What an app's args are judged by. */
const APP_RULES: Rules = { problems: appProblems, warnings: proxiedAppWarnings, claims };

async function claims({ loadBalancer, ...app }: Partial<AppInput>): Promise<Claim[]> {
  return loadBalancer === undefined ? [] : appClaims(await pairWords(loadBalancer), app, (field) => field);
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
  const app = permitted(allowed, withoutKey(document)) as pulumi.Output<unknown> as pulumi.Output<AppValues>;
  const appName = app.apply((known) => known.app);
  const certificates = clientCertificates("certificate", appName, args.backendTls);
  const file = { kind: "app" as const, name: appName, text: app.apply(renderApp), certificates };
  const deployed = deployApps(parent, name, pair, file, allowed);
  // Waits for the hosts: who reads the url may use it.
  return pulumi.all([app, pair.url, deployed]).apply(([{ path }, url]) => new URL(path, url).href);
}

/** The args with the app's name filled in, and resources replaced by what is needed of them. */
function plainApp(name: string, args: ProxiedAppArgs): ProxiedAppArgs {
  return { ...args, app: args.app ?? name, backends: plainBackends(args.backends) };
}
