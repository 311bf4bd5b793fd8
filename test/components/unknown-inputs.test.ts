import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import type { LoadBalancerPairArgs } from "../../components/args/load-balancer-pair.ts";
import type { ProxiedAppArgs } from "../../components/args/proxied-app.ts";
import type { ProxiedAppsArgs } from "../../components/args/proxied-apps.ts";
import { BackendServer } from "../../components/backend-server.ts";
import { LoadBalancerPair, loadBalancerPairProblems } from "../../components/load-balancer-pair.ts";
import { ProxiedApp, proxiedAppArgsProblems } from "../../components/proxied-app.ts";
import { proxiedAppsArgsProblems } from "../../components/proxied-apps.ts";
import { record } from "./lib/recorder.ts";
import { connectionTo, pairArgs } from "./lib/samples.ts";
import { WHOLE_APP, WHOLE_PAIR } from "./lib/whole-args.ts";

// At preview any input may be the output of something that is not there yet: another resource, another stack.

function notYet(): never {
  return pulumi.output(unknown) as unknown as never;
}

function dataFile(name: string): string {
  return readFileSync(join(import.meta.dirname, "data", name), "utf8");
}

const OWN = { certificatePem: dataFile("example.com.pem"), privateKeyPem: dataFile("example.com-key.pem") };
const CRL = readFileSync(join(import.meta.dirname, "../proxy/data/revoking-crl.pem"), "utf8");
const CLIENTS = { ...WHOLE_PAIR.tls.clientCertificates, caPem: OWN.certificatePem, crlPem: CRL };
const SHOP = { certificatePem: dataFile("shop.pem"), privateKeyPem: dataFile("shop-key.pem") };
const { alternativeHostnames: _, ...rest } = WHOLE_PAIR;
const PAIR = {
  ...rest,
  tls: {
    ...WHOLE_PAIR.tls,
    clientCertificates: CLIENTS,
    certificate: OWN,
    authority: OWN,
    moreCertificates: { shop: SHOP },
  },
} as unknown as LoadBalancerPairArgs;

const { server: _server, ...web1 } = WHOLE_APP.backends["web1"] ?? {};
const HANDLE = {
  url: "https://example.com/",
  hostNames: ["lb1", "lb2"],
  connections: { lb1: connectionTo("203.0.113.11"), lb2: connectionTo("203.0.113.12") },
  sourceAddresses: ["203.0.113.11", "203.0.113.12", "203.0.113.10"],
  virtualAddresses: ["203.0.113.10"],
};
const APP_TLS = { ...WHOLE_APP.backendTls, clientCertificate: SHOP };
const APP = {
  ...WHOLE_APP,
  backends: { web1 },
  backendTls: APP_TLS,
  loadBalancer: HANDLE,
} as unknown as ProxiedAppArgs;
const SERVER = {
  address: "203.0.113.21:80",
  loadBalancer: HANDLE,
  logging: { connection: connectionTo("203.0.113.21"), server: "apache" as const, healthCheckUserAgent: "HAProxy" },
};

/** The same with the value at one place not yet computed, for every place there is. */
function* withOneUnknown(value: unknown): Generator<unknown> {
  if (typeof value !== "object" || value === null || pulumi.Output.isInstance(value)) return;
  for (const [key, field] of Object.entries(value)) {
    const replaced = (by: unknown) => (Array.isArray(value) ? value.with(Number(key), by) : { ...value, [key]: by });
    yield replaced(notYet());
    for (const inner of withOneUnknown(field)) yield replaced(inner);
  }
}

test("no place in a pair's args has to be known at preview", async () => {
  assert.deepEqual(await loadBalancerPairProblems(PAIR), []);
  let places = 0;
  for (const args of withOneUnknown(PAIR)) {
    assert.deepEqual(await loadBalancerPairProblems(args), []);
    places += 1;
  }
  assert.ok(places > 150, `${places}`);
});

test("no place in an app's args has to be known at preview", async () => {
  assert.deepEqual(await proxiedAppArgsProblems("app1", APP), []);
  for (const args of withOneUnknown(APP))
    assert.deepEqual(await proxiedAppArgsProblems("app1", args as ProxiedAppArgs), []);
});

test("no place in the args of many apps has to be known at preview", async () => {
  const { app: _name, loadBalancer, ...app1 } = APP;
  const group = { loadBalancer, apps: { app1 }, group: "apps" } as ProxiedAppsArgs;
  assert.deepEqual(await proxiedAppsArgsProblems("apps", group), []);
  for (const args of withOneUnknown(group))
    assert.deepEqual(await proxiedAppsArgsProblems("apps", args as ProxiedAppsArgs), []);
});

/** What a preview of a program with this component tells. */
async function told(make: (options: pulumi.ComponentResourceOptions) => unknown): Promise<readonly string[]> {
  const { messages } = await record(make, { isPreview: true });
  return messages.filter((message) => message.startsWith("error:"));
}

for (const field of Object.keys(PAIR)) {
  test(`a pair is previewed while ${field} is not known`, async () => {
    const args = { ...PAIR, [field]: notYet() } as LoadBalancerPairArgs;
    assert.deepEqual(await told((options) => new LoadBalancerPair("edge", args, options)), []);
  });
}

for (const field of Object.keys(APP)) {
  test(`an app is previewed while ${field} is not known`, async () => {
    const args = { ...APP, [field]: notYet() } as ProxiedAppArgs;
    assert.deepEqual(await told((options) => new ProxiedApp("app1", args, options)), []);
  });
}

for (const field of Object.keys(SERVER)) {
  test(`a backend is previewed while ${field} is not known`, async () => {
    const args = { ...SERVER, [field]: notYet() };
    assert.deepEqual(await told((options) => new BackendServer("web1", args, options)), []);
  });
}

test("what is known of a pair is judged while other values are not", async () => {
  const stats = { user: "admin", password: notYet() };
  const vrrp = { version: 2, advertIntervalMs: 150, authentication: { kind: "password" as const, secret: notYet() } };
  const ports = { https: 80 };
  const problems = await loadBalancerPairProblems(pairArgs({ stats, vrrp, ports }));
  assert.deepEqual(
    problems.map(({ path }) => path),
    ["vrrp.advertIntervalMs", "ports.http"],
  );
});
