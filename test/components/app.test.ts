import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import { BackendServer } from "../../components/backend-server.ts";
import { LoadBalancerPair } from "../../components/load-balancer-pair.ts";
import { ProxiedApp, proxiedAppArgsProblems } from "../../components/proxied-app.ts";
import { formatProblem } from "../../config/problems.ts";
import { known, record, secret } from "./lib/recorder.ts";
import { connectionTo, PRIVATE_KEY, pairArgs } from "./lib/samples.ts";

function dataFile(name: string): string {
  return readFileSync(join(import.meta.dirname, "data", name), "utf8");
}

const APP1 = '{"app":"app1","path":"/app1/"}\n{"backend":"web1","address":"203.0.113.21:80"}\n';

function pair(options: pulumi.ComponentResourceOptions): LoadBalancerPair {
  return new LoadBalancerPair("edge", pairArgs(), options);
}

test("an app is one command per host, one after the other, with the same text", async () => {
  const recording = await record((options) => {
    const backends = { web1: { address: "203.0.113.21:80" } };
    new ProxiedApp("app1", { loadBalancer: pair(options), path: "/app1/", backends }, options);
  });
  assert.equal(recording.get("app1-lb1").inputs["stdin"], APP1);
  assert.equal(recording.get("app1-lb2").inputs["stdin"], APP1);
  assert.deepEqual(recording.get("app1-lb1").dependsOn, ["app1-lb2"]);
  assert.match(recording.get("app1-lb1").inputs["create"] as string, /lbctl apply app app1\n$/);
  assert.match(recording.get("app1-lb1").inputs["delete"] as string, /lbctl remove "\$@"' lbpair app app1\n$/);
});

test("an app's place on a host is not made of what the pair has on the other, so it stays when that is replaced", async () => {
  const places: pulumi.Output<string>[] = [];
  await record((options) => {
    const look: pulumi.ResourceTransformation = ({ name, props }) => {
      if (name === "app1-lb1") places.push(...props["triggers"]);
      return undefined;
    };
    const transformations = [...(options.transformations ?? []), look];
    const backends = { web1: { address: "203.0.113.21:80" } };
    const args = { loadBalancer: pair(options), path: "/app1/", backends };
    new ProxiedApp("app1", args, { ...options, transformations });
  });
  const [place] = places;
  assert.ok(place);
  assert.equal(await known(place), "203.0.113.11");
  // The engine goes by these when it replaces something; the SDK keeps them out of its types.
  const { allResources } = place as unknown as { allResources: () => Promise<Set<pulumi.Resource>> };
  assert.deepEqual([...(await allResources())], []);
});

const SHOP = { certificatePem: dataFile("shop.pem"), privateKeyPem: dataFile("shop-key.pem") };

async function recordCertified(wrap: (value: object) => unknown) {
  const clientCertificate = { ...SHOP, privateKeyPem: pulumi.secret(SHOP.privateKeyPem) };
  return record((options) => {
    const backendTls = wrap({ clientCertificate }) as { clientCertificate: typeof clientCertificate };
    const backends = { web1: { address: "203.0.113.21:80" } };
    new ProxiedApp("app1", { loadBalancer: pair(options), path: "/app1/", backends, backendTls }, options);
  });
}

test("what an app shows to its backends is there before it, and its key in no document", async () => {
  const recording = await recordCertified((value) => value);
  const certificate = recording.get("app1-lb1-certificate");
  assert.match(certificate.inputs["create"] as string, /lbctl apply certificate app-app1\n$/);
  assert.deepEqual(
    certificate.inputs["stdin"],
    secret(`${SHOP.certificatePem.trim()}\n${SHOP.privateKeyPem.trim()}\n`),
  );
  assert.deepEqual(certificate.dependsOn, ["app1-lb2"]);
  const app = recording.get("app1-lb1");
  assert.deepEqual(app.dependsOn, ["app1-lb2", "app1-lb1-certificate"]);
  assert.equal(app.inputs["stdin"], APP1.replace("\n", '\n{"backendTls":{"clientCertificate":true}}\n'));
});

test("a certificate within args that are computed as a whole is a child, too", async () => {
  const recording = await recordCertified((value) => pulumi.output(value));
  assert.deepEqual(recording.get("app1-lb1").dependsOn, ["app1-lb2", "app1-lb1-certificate"]);
});

test("an app's certificate is looked at before any host sees it", async () => {
  const own = dataFile("example.com-key.pem");
  const problemsWith = async (app: string, privateKeyPem: string) => {
    const backendTls = { clientCertificate: { ...SHOP, privateKeyPem } };
    const backends = { web1: { address: "203.0.113.21:80" } };
    const handle = { url: "https://example.com/", hostNames: ["lb1"], connections: {}, virtualAddresses: [] };
    const loadBalancer = { ...handle, sourceAddresses: ["203.0.113.10"] };
    const problems = await proxiedAppArgsProblems(app, { loadBalancer, path: "/app1/", backends, backendTls });
    return problems.map((problem) => formatProblem("app1", problem));
  };
  assert.deepEqual(await problemsWith("app1", SHOP.privateKeyPem), []);
  assert.deepEqual(await problemsWith("app1", own), [
    "app1: backendTls.clientCertificate.privateKeyPem: got a key that belongs to another certificate, want this certificate's",
  ]);
  assert.deepEqual(await problemsWith("a".repeat(60), SHOP.privateKeyPem), [
    `app1: app: got "${"a".repeat(60)}", want at most 59 characters, because of backendTls.clientCertificate`,
  ]);
});

test("a backend added is one line of each host's text", async () => {
  const textWith = async (backends: Record<string, { address: string }>) => {
    const recording = await record((options) => {
      new ProxiedApp("app1", { loadBalancer: pair(options), path: "/app1/", backends }, options);
    });
    return recording.get("app1-lb2").inputs["stdin"] as string;
  };
  const before = await textWith({ web1: { address: "203.0.113.21:80" } });
  const after = await textWith({ web3: { address: "203.0.113.23:80" }, web1: { address: "203.0.113.21:80" } });
  assert.equal(after, `${before}{"backend":"web3","address":"203.0.113.23:80"}\n`);
});

test("a backend is a BackendServer, or an address", async () => {
  const recording = await record((options) => {
    const web1 = new BackendServer("web1", { address: "203.0.113.21:80" }, options);
    const backends = { web1: { server: web1 }, web2: { address: pulumi.output("203.0.113.22:80"), weight: 3 } };
    new ProxiedApp("app1", { loadBalancer: pair(options), path: "/app1/", backends }, options);
  });
  assert.equal(
    recording.get("app1-lb1").inputs["stdin"],
    `${APP1}{"backend":"web2","address":"203.0.113.22:80","weight":3}\n`,
  );
});

test("an app waits for the pair through its connections, which carry the last command of each host", async () => {
  let connections: pulumi.Output<unknown> | undefined;
  await record((options) => {
    connections = pair(options).connections;
  });
  const resources = await (
    connections as unknown as { allResources: () => Promise<Set<pulumi.Resource>> }
  ).allResources();
  assert.deepEqual(
    [...resources].map((each) => Reflect.get(each, "__name")),
    ["edge-lb2-vrrp", "edge-lb1-vrrp"],
  );
});

test("an app of another stack gets its pair by a handle that is one secret value", async () => {
  const handle = pulumi.secret({
    url: "https://example.com/",
    hostNames: ["lb2", "lb1"],
    connections: { lb1: { host: "203.0.113.11" }, lb2: { host: "203.0.113.12", privateKey: PRIVATE_KEY } },
    sourceAddresses: ["203.0.113.10"],
    virtualAddresses: ["203.0.113.10"],
  }) as unknown as pulumi.Output<LoadBalancerPair>;
  let app: ProxiedApp | undefined;
  const recording = await record((options) => {
    const backends = { web1: { address: "203.0.113.21:80" } };
    app = new ProxiedApp("app1", { loadBalancer: handle, path: "/app1/", backends }, options);
  });
  assert.equal(recording.get("app1-lb1").inputs["stdin"], APP1);
  assert.deepEqual(recording.get("app1-lb1").inputs["triggers"], ["203.0.113.11"]);
  const defaults = { dialErrorLimit: 10, perDialTimeout: 15, port: 22, user: "root" };
  const connection = { host: "203.0.113.12", privateKey: PRIVATE_KEY, ...defaults };
  assert.deepEqual(recording.get("app1-lb2").inputs["connection"], secret(connection));
  assert.ok(app !== undefined);
  assert.equal(await known(app.url), "https://example.com/app1/");
  assert.equal(await pulumi.isSecret(app.url), false);
});

test("an app whose backend is not yet known appears at preview, its text does not", async () => {
  const address = pulumi.output(unknown) as unknown as pulumi.Output<string>;
  const recording = await record(
    (options) => {
      new ProxiedApp("app1", { loadBalancer: pair(options), path: "/app1/", backends: { web1: { address } } }, options);
    },
    { isPreview: true },
  );
  assert.ok(!recording.get("app1-lb1").inputs["stdin"]?.toString().includes("web1"));
});

test("a backend's log is set up with the addresses of the pair, in clear", async () => {
  const recording = await record((options) => {
    const logging = { server: "nginx", connection: connectionTo("203.0.113.24") } as const;
    new BackendServer("web4", { address: "203.0.113.24:80", loadBalancer: pair(options), logging }, options);
  });
  const { inputs, dependsOn } = recording.get("web4-log");
  assert.match(inputs["stdin"] as string, /^set_real_ip_from 203\.0\.113\.11;\nset_real_ip_from 203\.0\.113\.12;\n/m);
  assert.match(inputs["stdin"] as string, /^ {2}"1:HAProxy" 0;$/m);
  assert.match(inputs["create"] as string, /exec "\$@" sh \.lbpair\/backend-log apply nginx\n$/);
  assert.deepEqual(dependsOn, ["web4-log-script"]);
});

test("a backend without logging is nothing but its address", async () => {
  const recording = await record((options) => new BackendServer("web7", { address: "203.0.113.27:80" }, options));
  assert.deepEqual(
    recording.resources.map(({ name }) => name),
    ["web7"],
  );
});
