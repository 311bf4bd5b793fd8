import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Lab } from "../../../lab/lab.ts";
import {
  type BackendArgs,
  type ConnectionArgs,
  type HealthCheckArgs,
  type HostArgs,
  type LoadBalancerHandle,
  LoadBalancerPair,
  type LoadBalancerPairArgs,
  ProxiedApp,
  ProxiedApps,
} from "../../../provider/index.ts";

/** Apps of a small site, by name. An address that starts with `later ` is computed, so it is not known beforehand. */
export type Apps = Readonly<
  Record<
    string,
    { path: string; backends: Record<string, { address: string; weight?: number }>; check?: HealthCheckArgs }
  >
>;

/** What a test has otherwise than by default. */
export type SiteOptions = {
  readonly pair?: Partial<LoadBalancerPairArgs>;
  /** Over the connection of each host. */
  readonly connection?: Partial<ConnectionArgs>;
  /** Over the args of each host. */
  readonly host?: Partial<HostArgs>;
  /** Further apps, as one group, `many`. */
  readonly many?: Apps;
  /** Whether the group waits for the apps beside it, one of which was in it. */
  readonly isLosing?: boolean;
  /** Machine of the lab that is the host lb2. */
  readonly lb2?: string;
  /** What ends that machine (empty: nothing), when it is the program itself that makes it: then its address is computed. */
  readonly lb2End?: string;
  /** Another name for the pair than `edge`, which it had before. */
  readonly pairName?: string;
};

/** The program of a site. */
export type SiteProgram = () => Promise<Record<string, unknown>>;

/** A pair with some apps, as a program. */
export function siteProgram(lab: Lab, apps: Apps, options: SiteOptions = {}): SiteProgram {
  return async () => {
    const privateKey = new pulumi.Config().requireSecret("privateKey");
    const connection = (name: string): ConnectionArgs => {
      const { address, hostKey } = lab.host(name);
      // A host that is off is given up soon.
      return { host: address, hostKey, privateKey, dialErrorLimit: 3, perDialTimeout: 5, ...options.connection };
    };
    const { pairName = "edge", lb2 = "lb2", lb2End } = options;
    const made = lb2End === undefined ? {} : { host: madeMachine(connection(lb2), lb2End) };
    const args: LoadBalancerPairArgs = {
      hostname: "example.com",
      virtualAddress: `${lab.virtualAddresses[0]?.address}/24`,
      hosts: {
        lb1: { connection: connection("lb1"), ...options.host },
        lb2: { connection: { ...connection(lb2), ...made }, ...options.host },
      },
      ...options.pair,
    };
    const edge = new LoadBalancerPair(pairName, args, pairName === "edge" ? {} : { aliases: [{ name: "edge" }] });
    const alone = Object.entries(apps).map(
      ([name, { backends, ...app }]) =>
        new ProxiedApp(name, { loadBalancer: edge, backends: computed(backends), ...app }),
    );
    const dependsOn = options.isLosing === true ? alone.map((app) => app.url.apply(() => app)) : [];
    if (options.many !== undefined)
      new ProxiedApps("many", { loadBalancer: edge, apps: options.many }, { dependsOn: pulumi.all(dependsOn) });
    const { url, handle, caCertificatePem, certificateExpiry } = edge;
    return { url, handle, caCertificate: caCertificatePem, expiry: certificateExpiry };
  };
}

/** A machine as a cloud's resource would be it: replaced, it ends before there is another. @returns its address */
function madeMachine(connection: ConnectionArgs, end: string): pulumi.Output<string> {
  const args = {
    connection,
    create: pulumi.interpolate`echo ${connection.host}`,
    delete: end,
    triggers: [connection.host],
    addPreviousOutputInEnv: false,
  };
  return new command.remote.Command("machine", args, { deleteBeforeReplace: true, retainOnDelete: end === "" }).stdout;
}

/** An app in a stack of its own, `shop`, behind the pair of another project's test stack. */
export function shopProgram(pairProject: string, backends: Record<string, BackendArgs>): SiteProgram {
  return async () => {
    const edge = new pulumi.StackReference(`organization/${pairProject}/test`);
    const loadBalancer = edge.requireOutput("handle") as pulumi.Output<LoadBalancerHandle>;
    return { url: new ProxiedApp("shop", { loadBalancer, path: "/shop/", backends }).url };
  };
}

function computed(backends: Apps[string]["backends"]): Record<string, BackendArgs> {
  const LATER = "later ";
  const members = Object.entries(backends).map(([name, { address, ...rest }]) => {
    const isLater = address.startsWith(LATER);
    return [name, { ...rest, address: isLater ? pulumi.output(address.slice(LATER.length)) : address }];
  });
  return Object.fromEntries(members) as Record<string, BackendArgs>;
}
