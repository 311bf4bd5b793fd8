import * as pulumi from "@pulumi/pulumi";
import * as lbpair from "pulumi-lbpair";

// The setup of "Load balancing and HA for multiple applications with Apache, HAProxy and keepalived", declared.

/** A machine of ours: where it is, and the key by which we know it. */
type Machine = { readonly address: string; readonly hostKey: string };

const config = new pulumi.Config();
const machines = config.requireObject<Record<string, Machine>>("machines");
const privateKey = config.requireSecret("privateKey");

function machine(name: string): Machine {
  const found = machines[name];
  if (found === undefined) throw new pulumi.RunError(`article:machines: got no ${name}, want its address and hostKey`);
  return found;
}

function connection(name: string): lbpair.ConnectionArgs {
  const { address, hostKey } = machine(name);
  return { host: address, hostKey, privateKey };
}

const edge = new lbpair.LoadBalancerPair("edge", {
  hostname: config.require("hostname"),
  virtualAddress: config.require("virtualAddress"),
  hosts: {
    lb1: { connection: connection("lb1"), priority: 101 },
    lb2: { connection: connection("lb2"), priority: 100 },
  },
  vrrp: { vrid: 51 },
  stats: { user: "admin", password: config.requireSecret("statsPassword"), realm: "lbpair stats" },
});

/** A backend; with `logging`, its access log shows clients, not the balancers, and no health checks. */
function backend(name: string, server?: lbpair.WebServer): lbpair.BackendServer {
  const address = `${machine(name).address}:80`;
  const logging = server === undefined ? {} : { logging: { server, connection: connection(name) } };
  return new lbpair.BackendServer(name, { address, loadBalancer: edge, ...logging });
}

/** An app as each of the article's: three sticky backends, asked for `/` every ten seconds. */
function app(name: string, backends: Record<string, lbpair.BackendServer>): lbpair.ProxiedApp {
  return new lbpair.ProxiedApp(name, {
    loadBalancer: edge,
    path: `/${name}/`,
    persistence: { kind: "cookie" },
    check: { path: "/", userAgent: "HAProxy", intervalMs: 10_000, rise: 2, fall: 2 },
    backends: Object.fromEntries(Object.entries(backends).map(([key, server]) => [key, { server }])),
  });
}

const apps = [
  app("app1", { web1: backend("web1", "apache"), web2: backend("web2", "apache"), web3: backend("web3", "apache") }),
  app("app2", { web4: backend("web4", "nginx"), web5: backend("web5", "nginx"), web6: backend("web6", "nginx") }),
  app("app3", { web7: backend("web7"), web8: backend("web8"), web9: backend("web9") }),
];

export const url = edge.url;
export const appUrls = apps.map((each) => each.url);
export const caCertificate = edge.caCertificatePem;
export const certificateExpiry = edge.certificateExpiry;
