import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import type { ConnectionArgs } from "./args/connection.ts";
import type { LoadBalancerHandle } from "./args/handle.ts";
import type { LoadBalancerPairArgs } from "./args/load-balancer-pair.ts";
import { type SiteCertificates, type Subject, siteCertificates } from "./certificates.ts";
import { permission, permitted, problemsOfArgs } from "./check.ts";
import { used, whenKnown } from "./inputs.ts";
import { deployHosts, type HostContent } from "./pair-hosts.ts";
import { PAIR_RULES } from "./pair-rules.ts";
import { publicValues } from "./pair-values.ts";
import {
  bareAddress,
  type PairNames,
  type PairValues,
  pairAddresses,
  virtualAddressesOf,
} from "./render/pair-values.ts";
import { hostnamesOf, renderProxy } from "./render/proxy.ts";
import { renderVrrp } from "./render/vrrp.ts";
import { type SharedKeys, sharedKeys } from "./shared-keys.ts";

/** Two hosts that share a virtual address and serve, over https, every app that is declared for them. */
export class LoadBalancerPair extends pulumi.ComponentResource {
  /** Address of the site. Example: `https://example.com/`. */
  readonly url: pulumi.Output<string>;
  /** The address that moves between the hosts, without prefix length. */
  readonly virtualAddress: pulumi.Output<string>;
  /** What clients have to trust when the certificate comes from a private authority; empty for a given certificate. */
  readonly caCertificatePem: pulumi.Output<string>;
  /** When the certificate ends, RFC 3339. `pulumi up` renews an issued one before. */
  readonly certificateExpiry: pulumi.Output<string>;
  /** What ProxiedApp and BackendServer need, also from another stack. Secret. */
  readonly handle: pulumi.Output<LoadBalancerHandle>;

  // The handle's other fields, so that the pair itself can stand for its handle in TypeScript.
  /** Names of the hosts. */
  readonly hostNames: pulumi.Output<string[]>;
  /** How to reach the hosts. Secret. */
  readonly connections: pulumi.Output<{ [host: string]: ConnectionArgs }>;
  /** Addresses from which backends see the pair. */
  readonly sourceAddresses: pulumi.Output<string[]>;
  /** The addresses that move between the hosts. */
  readonly virtualAddresses: pulumi.Output<string[]>;
  /** Hosts that are dead for good. */
  readonly goneHosts: pulumi.Output<string[]>;

  /**
   * @param name  name of the resource; its children's names start with it
   * @param args  the pair
   * @param opts  options of the component
   */
  constructor(name: string, args: LoadBalancerPairArgs, opts?: pulumi.ComponentResourceOptions) {
    const { hostname, virtualAddress } = args;
    super("lbpair:index:LoadBalancerPair", name, { hostname, virtualAddress }, opts);
    const { isSound, allowed } = permission(this, `LoadBalancerPair ${name}`, PAIR_RULES, args);
    const deployed = isSound ? deploy(this, name, args, allowed) : nothing(allowed);

    this.virtualAddress = permitted(allowed, virtualAddress).apply(bareAddress);
    this.url = deployed.url;
    this.caCertificatePem = deployed.caCertificatePem;
    this.certificateExpiry = deployed.certificateExpiry;
    this.hostNames = deployed.hostNames;
    this.connections = deployed.connections;
    this.sourceAddresses = deployed.sourceAddresses;
    this.virtualAddresses = deployed.virtualAddresses;
    this.goneHosts = deployed.goneHosts;
    this.handle = pulumi.secret({
      url: this.url,
      hostNames: this.hostNames,
      connections: this.connections,
      sourceAddresses: this.sourceAddresses,
      virtualAddresses: this.virtualAddresses,
      goneHosts: this.goneHosts,
    });
    this.registerOutputs({
      url: this.url,
      virtualAddress: this.virtualAddress,
      caCertificatePem: this.caCertificatePem,
      certificateExpiry: this.certificateExpiry,
      handle: this.handle,
    });
  }
}

/** Everything that is wrong with a pair's args, as far as it can be known now. */
export function loadBalancerPairProblems(args: unknown): Promise<Problem[]> {
  return problemsOfArgs(PAIR_RULES.problems, args);
}

type Deployed = Pick<
  LoadBalancerPair,
  | "url"
  | "caCertificatePem"
  | "certificateExpiry"
  | "hostNames"
  | "connections"
  | "sourceAddresses"
  | "virtualAddresses"
  | "goneHosts"
>;

function deploy(
  pair: LoadBalancerPair,
  name: string,
  args: LoadBalancerPairArgs,
  allowed: pulumi.Output<true>,
): Deployed {
  const parent = { parent: pair };
  const values = permitted(allowed, publicValues(args)) as pulumi.Output<PairValues>;
  // Of these alone, so that a certificate is not issued anew because a host is.
  const { hostname, alternativeHostnames, virtualAddress, moreVirtualAddresses } = args;
  const names = { hostname, alternativeHostnames, virtualAddress, moreVirtualAddresses };
  const named = permitted(allowed, pulumi.output(names)) as pulumi.Output<unknown> as pulumi.Output<PairNames>;
  const subject = {
    hostnames: named.apply(hostnamesOf),
    addresses: named.apply((known) => virtualAddressesOf(known).map(({ cidr }) => bareAddress(cidr))),
  };
  const password = args.stats === undefined ? undefined : whenKnown(args.stats, (stats) => stats.password);
  const { certificates, hosts } = withMade(name, args, subject, parent, ({ pems, keys, ...made }) => {
    const content: HostContent = {
      allowed,
      certificates: pems,
      statsPassword: password,
      keys,
      virtualAddresses: subject.addresses,
      isDriftDetected: args.detectDrift === true,
      isLeftBehind: args.uninstallOnDestroy === false,
      proxyText: (host) => values.apply((pairValues) => renderProxy(pairValues, host)),
      vrrpText: (host) => values.apply((pairValues) => renderVrrp(pairValues, host)),
    };
    return { certificates: made, hosts: whenKnown(args.hosts, (known) => deployHosts(pair, name, known, content)) };
  });
  return {
    // Waits for the hosts: who reads the url may use it.
    url: pulumi.unsecret(pulumi.all([values, hosts.connections]).apply(([known]) => urlOf(known))),
    caCertificatePem: pulumi.unsecret(pulumi.output(certificates.caCertificatePem)),
    certificateExpiry: pulumi.unsecret(pulumi.output(certificates.expiry)),
    hostNames: pulumi.unsecret(hosts.hostNames),
    connections: pulumi.secret(hosts.connections),
    sourceAddresses: values.apply(pairAddresses),
    virtualAddresses: subject.addresses,
    goneHosts: hosts.goneHosts,
  };
}

/** What is made of the args must be known before anything is; nested, each of them is used at once when it is plain. */
function withMade<R>(
  name: string,
  { tls = {}, vrrp = {} }: LoadBalancerPairArgs,
  subject: Subject,
  options: pulumi.CustomResourceOptions,
  use: (made: SiteCertificates & { readonly keys: SharedKeys }) => R,
): R | pulumi.Output<pulumi.Unwrap<R>> {
  return used(tls, (site) =>
    used(site.moreCertificates ?? {}, (more) =>
      used(vrrp, ({ authentication }) =>
        used(sharedKeys(name, authentication, options), (keys) =>
          use({ ...siteCertificates(name, subject, site, more, options), keys }),
        ),
      ),
    ),
  ) as R | pulumi.Output<pulumi.Unwrap<R>>;
}

/** Outputs of a pair whose args are wrong: they never get a value. */
function nothing(allowed: pulumi.Output<true>): Deployed {
  const never = allowed.apply(() => "");
  const none = allowed.apply((): string[] => []);
  const noConnections = allowed.apply((): { [host: string]: ConnectionArgs } => ({}));
  return {
    url: never,
    caCertificatePem: never,
    certificateExpiry: never,
    hostNames: none,
    connections: noConnections,
    sourceAddresses: none,
    virtualAddresses: none,
    goneHosts: none,
  };
}

function urlOf({ hostname, ports }: PairValues): string {
  const https = ports?.https ?? 443;
  return `https://${hostname}${https === 443 ? "" : `:${https}`}/`;
}
