import * as pulumi from "@pulumi/pulumi";
import type { Lab } from "../../../lab/lab.ts";
import { type BackendArgs, type ConnectionArgs, LoadBalancerPair, ProxiedApp } from "../../../provider/index.ts";

/** Apps of a small site, by name. An address that starts with `later ` is computed, so it is not known beforehand. */
export type Apps = Readonly<
  Record<string, { path: string; backends: Record<string, { address: string; weight?: number }> }>
>;

/** A pair with some apps, as a program. */
export function siteProgram(lab: Lab, apps: Apps): () => Promise<Record<string, unknown>> {
  return async () => {
    const privateKey = new pulumi.Config().requireSecret("privateKey");
    const connection = (name: string): ConnectionArgs => {
      const { address, hostKey } = lab.host(name);
      return { host: address, hostKey, privateKey };
    };
    const edge = new LoadBalancerPair("edge", {
      hostname: "example.com",
      virtualAddress: `${lab.virtualAddresses[0]?.address}/24`,
      hosts: { lb1: { connection: connection("lb1") }, lb2: { connection: connection("lb2") } },
    });
    for (const [name, { path, backends }] of Object.entries(apps)) {
      new ProxiedApp(name, { loadBalancer: edge, path, backends: computed(backends) });
    }
    return { url: edge.url, handle: edge.handle };
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
