import * as pulumi from "@pulumi/pulumi";
import { clientCertificateName } from "../config/paths.ts";
import { type Problem, showValue } from "../config/problems.ts";
import { name } from "../config/values.ts";
import { deployApp, plainBackends } from "./app-files.ts";
import type { BackendTlsArgs, ProxiedAppArgs } from "./args/proxied-app.ts";
import { givenCertificate } from "./certificates.ts";
import { permission, permitted, problemsOfArgs, type Rules } from "./check.ts";
import { appNameClaim, type Claim, hostnameClaim, pairWords } from "./claims.ts";
import { certificateProblems } from "./given-certificate.ts";
import { handleParts } from "./handle.ts";
import { used, whenKnown } from "./inputs.ts";
import {
  APP_JUDGEMENT,
  type AppValues,
  type ProxiedAppInput,
  proxiedAppWarnings,
  renderApp,
  type SoundApp,
} from "./render/app.ts";
import { judged } from "./render/relations.ts";

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

function appProblems(args: unknown, notKnown: readonly string[] = []): Problem[] {
  return judged(JUDGEMENT, args, notKnown);
}

/** A certificate is looked at as far as it is known. */
const JUDGEMENT: typeof APP_JUDGEMENT = {
  ...APP_JUDGEMENT,
  relations: [
    ...APP_JUDGEMENT.relations,
    { reads: [], problems: clientCertificateProblems },
    { reads: ["app"], problems: fileNameProblems },
  ],
};

function clientCertificateProblems({ args: { backendTls } }: SoundApp): Problem[] {
  if (backendTls?.clientCertificate === undefined) return [];
  return certificateProblems("backendTls.clientCertificate", backendTls.clientCertificate, []);
}

/** The file of the certificate bears the app's name and some letters more. */
function fileNameProblems({ args: { app = "", backendTls } }: SoundApp): Problem[] {
  if (backendTls?.clientCertificate === undefined || name.safeParse(clientCertificateName(app)).success) return [];
  return [
    { path: "app", got: showValue("", app), want: "at most 59 characters, because of backendTls.clientCertificate" },
  ];
}

/** What an app's args are judged by. */
const APP_RULES: Rules = { problems: appProblems, warnings: proxiedAppWarnings, claims: appClaims };

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
  const { loadBalancer, backendTls, ...document } = args;
  const pair = handleParts(loadBalancer);
  const shownTls = backendTls === undefined ? {} : { backendTls: whenKnown(backendTls, publicTls) };
  const app = permitted(allowed, { ...document, ...shownTls }) as pulumi.Output<unknown> as pulumi.Output<AppValues>;
  const file = { name: app.apply((known) => known.app), text: app.apply(renderApp) };
  // What is made of the args must be known before anything is: an app has one child more with a certificate.
  const deployed = used(backendTls ?? {}, ({ clientCertificate }) =>
    deployApp(parent, name, pair, { ...file, clientPem: givenPem(clientCertificate) }, allowed),
  );
  // Waits for the hosts: who reads the url may use it.
  return pulumi.all([app, pair.url, deployed]).apply(([{ path }, url]) => new URL(path, url).href);
}

/** Without a key: the app's document is no secret. */
function publicTls({ clientCertificate, ...shown }: BackendTlsArgs): unknown {
  return clientCertificate === undefined ? shown : { ...shown, clientCertificate: true };
}

function givenPem(certificate: BackendTlsArgs["clientCertificate"]): pulumi.Output<string> | undefined {
  return certificate === undefined ? undefined : givenCertificate(certificate).pem;
}

/** The args with the app's name filled in, and resources replaced by what is needed of them. */
function plainApp(name: string, args: ProxiedAppArgs): ProxiedAppArgs {
  return { ...args, app: args.app ?? name, backends: plainBackends(args.backends) };
}
