import * as pulumi from "@pulumi/pulumi";
import * as lbpair from "pulumi-lbpair";

// The article's two hosts and nine backends, logs and stats page included, and `apps` apps: the first three are the
// article's, the others share their backends. `hasMore`: app1 has one backend more. `form`: each is a resource of its
// own on each host (`alone`), or all of them are one (`group`).

type Machine = { readonly address: string; readonly hostKey: string };

const config = new pulumi.Config();
const machines = config.requireObject<Record<string, Machine>>("machines");
const privateKey = config.requireSecret("privateKey");

const WEB_SERVERS: Readonly<Record<string, lbpair.WebServer>> = {
  ...{ web1: "apache", web2: "apache", web3: "apache" },
  ...{ web4: "nginx", web5: "nginx", web6: "nginx" },
};
const BACKENDS_PER_APP = 3;

function connection(name: string): lbpair.ConnectionArgs {
  const { address = "", hostKey = "" } = machines[name] ?? {};
  return { host: address, hostKey, privateKey };
}

const edge = new lbpair.LoadBalancerPair("edge", {
  hostname: "example.com",
  virtualAddress: config.require("virtualAddress"),
  hosts: { lb1: { connection: connection("lb1") }, lb2: { connection: connection("lb2") } },
  stats: { user: "admin", password: config.requireSecret("statsPassword") },
});

const names = Object.keys(machines).filter((name) => name.startsWith("web"));
const servers = names.map((name) => {
  const server = WEB_SERVERS[name];
  const logging = server === undefined ? {} : { logging: { server, connection: connection(name) } };
  const address = `${machines[name]?.address}:80`;
  return [name, new lbpair.BackendServer(name, { address, loadBalancer: edge, ...logging })] as const;
});

const apps: Record<string, lbpair.AppArgs> = {};
for (let n = 0; n < config.requireNumber("apps"); n += 1) {
  const first = (n * BACKENDS_PER_APP) % servers.length;
  const isChanged = n === 0 && config.requireBoolean("hasMore");
  const members = servers.slice(first, first + BACKENDS_PER_APP + (isChanged ? 1 : 0));
  apps[`app${n + 1}`] = {
    path: `/app${n + 1}/`,
    check: { intervalMs: 10_000 },
    backends: Object.fromEntries(members.map(([name, server]) => [name, { server }])),
  };
}
if (config.require("form") === "group") new lbpair.ProxiedApps("apps", { loadBalancer: edge, apps });
else for (const [name, app] of Object.entries(apps)) new lbpair.ProxiedApp(name, { loadBalancer: edge, ...app });

export const caCertificate = edge.caCertificatePem;
export const { handle } = edge;
