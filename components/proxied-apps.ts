import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import { deployApps, plainBackends } from "./app-files.ts";
import { appClaims, namelessAppProblems } from "./app-rules.ts";
import type { AppArgs } from "./args/proxied-app.ts";
import type { ProxiedAppsArgs } from "./args/proxied-apps.ts";
import { permission, permitted, problemsOfArgs, type Rules } from "./check.ts";
import { type Claim, groupNameClaim, pairWords } from "./claims.ts";
import { type ClientCertificate, clientCertificates, withoutKey } from "./client-certificates.ts";
import { handleParts } from "./handle.ts";
import { joinedLists, mapRecord, used } from "./inputs.ts";
import { type GroupValues, groupProblems, groupWarnings, pathOf, renderApps } from "./render/app-group.ts";

/** Many apps behind a pair, brought to its hosts as one. */
export class ProxiedApps extends pulumi.ComponentResource {
  /** Address of each app, by name. Example: `{ shop: "https://example.com/shop/" }`. */
  readonly urls: pulumi.Output<{ [name: string]: string }>;

  /**
   * @param name  name of the resource, and of the group on the hosts unless `args.group` says otherwise
   * @param args  the apps
   * @param opts  options of the component
   */
  constructor(name: string, args: ProxiedAppsArgs, opts?: pulumi.ComponentResourceOptions) {
    const group = plainGroup(name, args);
    super("lbpair:index:ProxiedApps", name, { group: group.group }, opts);
    const { isSound, allowed } = permission(this, `ProxiedApps ${name}`, RULES, group);
    this.urls = isSound ? deploy(this, name, group, allowed) : allowed.apply((): Record<string, string> => ({}));
    this.registerOutputs({ urls: this.urls });
  }
}

/** Everything that is wrong with a group's args, as far as it can be known now. */
export function proxiedAppsArgsProblems(name: string, args: ProxiedAppsArgs): Promise<Problem[]> {
  return problemsOfArgs(problems, plainGroup(name, args));
}

function problems(args: unknown, notKnown: readonly string[]): Problem[] {
  return groupProblems(args, notKnown, namelessAppProblems);
}

const RULES: Rules = { problems, warnings: groupWarnings, claims };

/** What each of the apps has, no other app of the pair has. */
async function claims({ loadBalancer, group, apps = {} }: Partial<GroupInput>): Promise<Claim[]> {
  if (loadBalancer === undefined) return [];
  const pair = await pairWords(loadBalancer);
  return [
    groupNameClaim(pair, group),
    ...Object.entries(apps).flatMap(([app, own]) => appClaims(pair, { ...own, app }, (field) => pathOf(app, field))),
  ];
}

type GroupInput = GroupValues & { readonly loadBalancer: ProxiedAppsArgs["loadBalancer"] };
type Apps = { [name: string]: pulumi.Input<AppArgs> };

function deploy(
  parent: ProxiedApps,
  name: string,
  { loadBalancer, apps, ...rest }: ProxiedAppsArgs,
  allowed: pulumi.Output<true>,
): pulumi.Output<{ [name: string]: string }> {
  const pair = handleParts(loadBalancer);
  const shown = used(apps, (map: Apps) => mapRecord(map, (app) => used(app, withoutKey)));
  const values = permitted(allowed, { ...rest, apps: shown }) as pulumi.Output<unknown> as pulumi.Output<GroupValues>;
  const file = {
    kind: "apps" as const,
    name: values.apply(({ group }) => group),
    text: values.apply(renderApps),
    certificates: used(apps, certificatesOf) as pulumi.Input<ClientCertificate[]>,
  };
  const deployed = deployApps(parent, name, pair, file, allowed);
  // Waits for the hosts: who reads the urls may use them.
  return pulumi
    .all([values, pair.url, deployed])
    .apply(([known, url]) => mapRecord(known.apps as GroupValues["apps"], ({ path }) => new URL(path, url).href));
}

function certificatesOf(apps: Apps): pulumi.Input<ClientCertificate[]> {
  const each = Object.entries(apps).map(([app, args]) =>
    used(args, ({ backendTls }: AppArgs) => clientCertificates(`${app}-certificate`, app, backendTls)),
  );
  return joinedLists(each as pulumi.Input<ClientCertificate[]>[]);
}

/** The args with the group's name filled in, and resources replaced by what is needed of them. */
function plainGroup(name: string, args: ProxiedAppsArgs): ProxiedAppsArgs {
  const apps = used(args.apps, (map: Apps) => mapRecord(map, (app) => used(app, plainApp)));
  return { ...args, group: args.group ?? name, apps: apps as ProxiedAppsArgs["apps"] };
}

/** Anything else than an app stays as it is, to be refused by the check of args. */
function plainApp(app: AppArgs): AppArgs {
  return typeof app === "object" && app !== null ? { ...app, backends: plainBackends(app.backends) } : app;
}
