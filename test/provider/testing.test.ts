import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import * as lbpair from "../../provider/index.ts";
import { outputValue, runMocked } from "../../provider/testing.ts";

// As a user tests a program: import from "pulumi-lbpair" and "pulumi-lbpair/testing". The release is the tests' own,
// because this repository may not be built.

const config = {
  "lbpair:releaseDirectory": join(import.meta.dirname, "../components/data/release"),
  "project:privateKey": "-----BEGIN OPENSSH PRIVATE KEY-----\nk\n-----END OPENSSH PRIVATE KEY-----\n",
};
const options = { config, secretKeys: ["project:privateKey"] };
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

function site(path: string) {
  return () => {
    const privateKey = new pulumi.Config().requireSecret("privateKey");
    const host = (address: string) => ({ connection: { host: address, hostKey, privateKey } });
    const edge = new lbpair.LoadBalancerPair("edge", {
      hostname: "example.com",
      virtualAddress: "203.0.113.10/24",
      hosts: { lb1: host("203.0.113.11"), lb2: host("203.0.113.12") },
    });
    const backends = { web1: { address: "203.0.113.21:80" }, web2: { address: "203.0.113.22:80", weight: 2 } };
    return new lbpair.ProxiedApp("shop", { loadBalancer: edge, path, backends });
  };
}

test("a run without an engine tells what each host would get", async () => {
  const { result, documents, messages } = await runMocked(site("/shop/"), options);
  assert.equal(await outputValue(result.url), "https://example.com/shop/");
  assert.deepEqual(Object.keys(documents).sort(), [
    "edge-lb1-proxy",
    "edge-lb1-vrrp",
    "edge-lb2-proxy",
    "edge-lb2-vrrp",
    "shop-lb1",
    "shop-lb2",
  ]);
  assert.deepEqual(documents["shop-lb2"], [
    { app: "shop", path: "/shop/" },
    { backend: "web1", address: "203.0.113.21:80" },
    { backend: "web2", address: "203.0.113.22:80", weight: 2 },
  ]);
  assert.deepEqual(messages, []);
});

test("many apps are one document for each host, whose lines say whose they are", async () => {
  const program = () => {
    const handle = { url: "https://example.com/", hostNames: ["lb1"], sourceAddresses: [], virtualAddresses: [] };
    const loadBalancer = { ...handle, connections: { lb1: { host: "203.0.113.11", hostKey } } };
    const apps = { shop: { path: "/shop/", backends: { web1: { address: "203.0.113.21:80" } } } };
    return new lbpair.ProxiedApps("shops", { loadBalancer, apps });
  };
  const { result, documents } = await runMocked(program, options);
  assert.deepEqual(documents, {
    "shops-lb1": [
      { apps: "shops" },
      { app: "shop", path: "/shop/" },
      { app: "shop", backend: "web1", address: "203.0.113.21:80" },
    ],
  });
  assert.deepEqual(await outputValue(result.urls as pulumi.Output<object>), { shop: "https://example.com/shop/" });
});

test("inputs of every resource can be looked at, secrets in clear", async () => {
  const { resources } = await runMocked(site("/shop/"), options);
  const { inputs } = resources.find(({ name }) => name === "shop-lb1") ?? {};
  const connection = inputs?.["connection"] as Record<string, unknown>;
  assert.deepEqual([connection["host"], connection["hostKey"]], ["203.0.113.11", hostKey]);
  assert.equal(connection["privateKey"], config["project:privateKey"]);
});

test("a mistake rejects the run; a preview tells it and goes on", async () => {
  const mistake = /ProxiedApp shop: path: got "shop", want a path prefix with slashes at both ends/;
  await assert.rejects(runMocked(site("shop"), options), mistake);
  const { messages } = await runMocked(site("shop"), { ...options, isPreview: true });
  assert.match(messages.join("\n"), mistake);
});

test("resources of other packages are answered by the user's own mocks", async () => {
  class Server extends pulumi.CustomResource {
    declare readonly address: pulumi.Output<string>;
    constructor(name: string) {
      super("cloud:index:Server", name, { address: undefined });
    }
  }
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name }) => ({ id: name, state: { address: "203.0.113.99:80" } }),
    call: () => ({}),
  };
  const program = () => new lbpair.BackendServer("web9", { address: new Server("machine").address });
  const { result } = await runMocked(program, { ...options, mocks });
  assert.equal(await outputValue(result.address), "203.0.113.99:80");
});
