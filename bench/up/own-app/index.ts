import * as pulumi from "@pulumi/pulumi";
import * as lbpair from "pulumi-lbpair";

// An app of another team's, behind the pair of bench/up/program: its stack is as small as the team, however many apps
// the pair has. `hasMore`: it has one backend more.

const config = new pulumi.Config();
const pair = new pulumi.StackReference(config.require("pair"));
const addresses = config.requireObject<string[]>("addresses");
const members = addresses.slice(0, config.requireBoolean("hasMore") ? undefined : -1);

export const { url } = new lbpair.ProxiedApp("own", {
  loadBalancer: pair.requireOutput("handle") as pulumi.Output<lbpair.LoadBalancerHandle>,
  path: "/own/",
  check: { intervalMs: 10_000 },
  backends: Object.fromEntries(members.map((address, index) => [`web${index + 1}`, { address }])),
});
