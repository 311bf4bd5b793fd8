import * as pulumi from "@pulumi/pulumi";
import type { BackendServerArgs } from "../components/args/backend-server.ts";
import type { LoadBalancerPairArgs } from "../components/args/load-balancer-pair.ts";
import type { PassthroughAppArgs } from "../components/args/passthrough-app.ts";
import type { ProxiedAppArgs } from "../components/args/proxied-app.ts";
import type { ProxiedAppsArgs } from "../components/args/proxied-apps.ts";
import { BackendServer, backendServerArgsProblems } from "../components/backend-server.ts";
import { LoadBalancerPair, loadBalancerPairProblems } from "../components/load-balancer-pair.ts";
import { PassthroughApp, passthroughAppArgsProblems } from "../components/passthrough-app.ts";
import { ProxiedApp, proxiedAppArgsProblems } from "../components/proxied-app.ts";
import { ProxiedApps, proxiedAppsArgsProblems } from "../components/proxied-apps.ts";
import { formatProblem, type Problem } from "../config/problems.ts";

/** A component as programs in other languages use it. */
type Component = {
  readonly problems: (name: string, args: pulumi.Inputs) => Promise<Problem[]>;
  readonly construct: (
    name: string,
    args: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ) => { readonly resource: pulumi.ComponentResource; readonly state: pulumi.Inputs };
};

// The engine has checked the inputs' names and types against the schema; what is left is for the components' own check.
const COMPONENTS: Readonly<Record<string, Component>> = {
  "lbpair:index:LoadBalancerPair": {
    problems: (_, args) => loadBalancerPairProblems(args),
    construct: (name, args, options) => {
      const resource = new LoadBalancerPair(name, args as LoadBalancerPairArgs, options);
      const { url, virtualAddress, caCertificatePem, certificateExpiry, handle } = resource;
      return { resource, state: { url, virtualAddress, caCertificatePem, certificateExpiry, handle } };
    },
  },
  "lbpair:index:ProxiedApp": {
    problems: (name, args) => proxiedAppArgsProblems(name, args as ProxiedAppArgs),
    construct: (name, args, options) => {
      const resource = new ProxiedApp(name, args as ProxiedAppArgs, options);
      return { resource, state: { url: resource.url } };
    },
  },
  "lbpair:index:ProxiedApps": {
    problems: (name, args) => proxiedAppsArgsProblems(name, args as ProxiedAppsArgs),
    construct: (name, args, options) => {
      const resource = new ProxiedApps(name, args as ProxiedAppsArgs, options);
      return { resource, state: { urls: resource.urls } };
    },
  },
  "lbpair:index:PassthroughApp": {
    problems: (name, args) => passthroughAppArgsProblems(name, args as PassthroughAppArgs),
    construct: (name, args, options) => {
      const resource = new PassthroughApp(name, args as PassthroughAppArgs, options);
      return { resource, state: { url: resource.url } };
    },
  },
  "lbpair:index:BackendServer": {
    problems: (_, args) => backendServerArgsProblems(args),
    construct: (name, args, options) => {
      const resource = new BackendServer(name, args as BackendServerArgs, options);
      return { resource, state: { address: resource.address, logSnippet: resource.logSnippet } };
    },
  },
};

/** Serves the components to programs in any language, with a schema made beforehand. */
export class ComponentProvider implements pulumi.provider.Provider {
  readonly version: string;
  readonly schema: string;

  constructor(version: string, schema: string) {
    this.version = version;
    this.schema = schema;
  }

  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    const component = COMPONENTS[type];
    if (component === undefined)
      throw new Error(`type: got ${type}, want one of ${Object.keys(COMPONENTS).join(", ")}`);
    const problems = await component.problems(name, inputs);
    if (problems.length > 0) throw inputError(`${type.split(":").at(-1)} ${name}`, problems);
    const { resource, state } = component.construct(name, inputs, options);
    return { urn: resource.urn, state };
  }
}

/**
 * All problems at once, as text: for a problem given as a property the engine prints the property's value, and prints
 * it in clear when it is a secret, or has one in it.
 */
function inputError(where: string, problems: readonly Problem[]): pulumi.InputPropertiesError {
  return new pulumi.InputPropertiesError({
    message: problems.map((problem) => `\n${formatProblem(where, problem)}`).join(""),
    errors: [],
  });
}
