import * as pulumi from "@pulumi/pulumi";
import { BackendServer, type ConnectionArgs, LoadBalancerPair, ProxiedApp } from "../../../provider/index.ts";
import type { SiteProgram } from "./site.ts";

// The program whose state was recorded: a bit of everything that leaves something in a state. It is never changed: what
// is to be recorded with a later version is another program.

/** Machines of the lab at that time. */
export type RecordedMachines = Readonly<Record<string, { readonly address: string; readonly hostKey: string }>>;

/** Was root's on those machines, which are gone. */
export const RECORDED_PASSWORD = "of-a-lab-that-is-gone";
const STATS_PASSWORD = "of-the-stats-page";
const CENTURY_HOURS = 876_000;
const VIRTUAL_ADDRESS = "203.0.113.10";

export function recordedSite(machines: RecordedMachines): SiteProgram {
  const connection = (name: string): ConnectionArgs => {
    const { address = "", hostKey = "" } = machines[name] ?? {};
    return { host: address, hostKey, password: pulumi.secret(RECORDED_PASSWORD), perDialTimeout: 5 };
  };
  return async () => {
    const edge = new LoadBalancerPair("edge", {
      hostname: "example.com",
      alternativeHostnames: ["www.example.com"],
      virtualAddress: `${VIRTUAL_ADDRESS}/24`,
      moreVirtualAddresses: { second: { address: "203.0.113.9/24", preferredHost: "lb2" } },
      hosts: { lb1: { connection: connection("lb1"), priority: 101 }, lb2: { connection: connection("lb2") } },
      tls: { validityHours: CENTURY_HOURS, moreCertificates: { shop: { hostnames: ["shop.example.com"] } } },
      stats: { user: "admin", password: pulumi.secret(STATS_PASSWORD), realm: "lbpair stats" },
      vrrp: { vrid: 61, advertIntervalMs: 200, trackProxy: { silenceMs: 2_000 } },
      limits: { connectionsMax: 5_000 },
      log: { access: "combined" },
      defaultApp: "shop",
    });
    const web4 = new BackendServer("web4", {
      address: `${machines["web4"]?.address}:80`,
      loadBalancer: edge,
      logging: { server: "nginx", connection: connection("web4") },
    });
    new ProxiedApp("shop", {
      loadBalancer: edge,
      path: "/shop/",
      check: { path: "/", intervalMs: 10_000 },
      backends: { web4: { server: web4 }, web5: { address: "203.0.113.25:80", weight: 2 } },
    });
    new ProxiedApp("blog", {
      loadBalancer: edge.handle,
      path: "/blog/",
      persistence: { kind: "none" },
      backends: { web6: { address: "203.0.113.26:80" } },
    });
    return { url: edge.url, caCertificate: edge.caCertificatePem, expiry: edge.certificateExpiry, handle: edge.handle };
  };
}
