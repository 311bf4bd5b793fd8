import * as pulumi from "@pulumi/pulumi";
import * as lbpair from "pulumi-lbpair";

// The least that makes a highly available https address. Before `pulumi up`:
//
//   pulumi config set --secret privateKey <~/.ssh/id_ed25519
//   pulumi config set lb1HostKey "$(ssh-keyscan -t ed25519 203.0.113.11 2>/dev/null | cut -d ' ' -f 2-)"
//   pulumi config set lb2HostKey "$(ssh-keyscan -t ed25519 203.0.113.12 2>/dev/null | cut -d ' ' -f 2-)"

const config = new pulumi.Config();
const privateKey = config.requireSecret("privateKey");

const edge = new lbpair.LoadBalancerPair("edge", {
  hostname: config.require("hostname"),
  virtualAddress: config.require("virtualAddress"),
  hosts: {
    lb1: { connection: { host: "203.0.113.11", privateKey, hostKey: config.require("lb1HostKey") } },
    lb2: { connection: { host: "203.0.113.12", privateKey, hostKey: config.require("lb2HostKey") } },
  },
});

const shop = new lbpair.ProxiedApp("shop", {
  loadBalancer: edge,
  path: "/shop/",
  backends: { web7: { address: "203.0.113.27:80" }, web8: { address: "203.0.113.28:80" } },
});

export const url = shop.url;
export const caCertificate = edge.caCertificatePem;
