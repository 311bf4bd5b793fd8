import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import { deployApps, plainBackends } from "./app-files.ts";
import type { PassthroughAppArgs } from "./args/passthrough-app.ts";
import { permission, permitted, problemsOfArgs, type Rules } from "./check.ts";
import { appNameClaim, type Claim, hostnameClaim, pairWords } from "./claims.ts";
import { handleParts } from "./handle.ts";
import { type PassthroughAppInput, passthroughAppProblems, renderPassthrough } from "./render/passthrough.ts";

/** An app whose backends end TLS themselves: the pair carries connections to them by the name that clients ask for. */
export class PassthroughApp extends pulumi.ComponentResource {
  /** Address of the app. Example: `https://shop.example.com/`. */
  readonly url: pulumi.Output<string>;

  /**
   * @param name  name of the resource, and of the app on the hosts unless `args.app` says otherwise
   * @param args  the app
   * @param opts  options of the component
   */
  constructor(name: string, args: PassthroughAppArgs, opts?: pulumi.ComponentResourceOptions) {
    const app = plainApp(name, args);
    super("lbpair:index:PassthroughApp", name, { app: app.app, hostnames: app.hostnames }, opts);
    const { isSound, allowed } = permission(this, `PassthroughApp ${name}`, RULES, app);
    this.url = isSound ? deploy(this, name, app, allowed) : allowed.apply(() => "");
    this.registerOutputs({ url: this.url });
  }
}

/** Everything that is wrong with a passthrough app's args, as far as it can be known now. */
export function passthroughAppArgsProblems(name: string, args: PassthroughAppArgs): Promise<Problem[]> {
  return problemsOfArgs(passthroughAppProblems, plainApp(name, args));
}

const RULES: Rules = { problems: passthroughAppProblems, claims };

/** On one pair a name belongs to one app, as far as TLS does not end at the pair. */
async function claims({ app, hostnames, loadBalancer }: Partial<AppInput>): Promise<Claim[]> {
  if (loadBalancer === undefined) return [];
  const pair = await pairWords(loadBalancer);
  const names: readonly unknown[] = Array.isArray(hostnames) ? hostnames : [];
  return [appNameClaim(pair, app), ...names.map((each) => hostnameClaim(pair, each, "hostnames", "passed"))];
}

type AppInput = PassthroughAppInput & { readonly loadBalancer: PassthroughAppArgs["loadBalancer"] };

function deploy(
  parent: PassthroughApp,
  name: string,
  args: PassthroughAppArgs,
  allowed: pulumi.Output<true>,
): pulumi.Output<string> {
  const { loadBalancer, ...document } = args;
  const pair = handleParts(loadBalancer);
  const app = permitted(allowed, document) as pulumi.Output<PassthroughAppInput>;
  const appName = app.apply((known) => known.app);
  const file = { kind: "app" as const, name: appName, text: app.apply(renderPassthrough), certificates: [] };
  const deployed = deployApps(parent, name, pair, file, allowed);
  // Waits for the hosts: who reads the url may use it.
  return pulumi.all([app, pair.url, deployed]).apply(([{ hostnames }, url]) => addressOf(hostnames, url));
}

/** The pair's own address with the app's name; any name will do for a wildcard. */
function addressOf([hostname = ""]: readonly string[], pairUrl: string): string {
  const url = new URL(pairUrl);
  url.hostname = hostname.replace(/^\*\./, "www.");
  return url.href;
}

/** The args with the app's name filled in, and resources replaced by what is needed of them. */
function plainApp(name: string, args: PassthroughAppArgs): PassthroughAppArgs {
  return { ...args, app: args.app ?? name, backends: plainBackends(args.backends) };
}
