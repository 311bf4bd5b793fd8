import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import type { LoadBalancerPairArgs } from "../../components/args/load-balancer-pair.ts";
import { BackendServer } from "../../components/backend-server.ts";
import { LoadBalancerPair } from "../../components/load-balancer-pair.ts";
import { ProxiedApp } from "../../components/proxied-app.ts";
import { record } from "./lib/recorder.ts";
import { connectionTo, pairArgs } from "./lib/samples.ts";

// What no component sees alone: told by a preview, before any host is asked.

async function told(program: (options: pulumi.ComponentResourceOptions) => unknown): Promise<readonly string[]> {
  return (await record(program, { isPreview: true })).messages;
}

const BACKENDS = { web1: { address: "203.0.113.21:80" } };

type Served = { path: string; hostnames?: string[]; app?: string };

function apps(served: Record<string, Served>): (options: pulumi.ComponentResourceOptions) => void {
  return (options) => {
    const loadBalancer = new LoadBalancerPair("edge", pairArgs(), options);
    for (const [name, args] of Object.entries(served))
      new ProxiedApp(name, { loadBalancer, backends: BACKENDS, ...args }, options);
  };
}

test("two apps of a pair can't have one path", async () => {
  assert.deepEqual(await told(apps({ app1: { path: "/x/" }, app2: { path: "/x/" } })), [
    'error: ProxiedApp app2: path: got "/x/", want a path that ProxiedApp app1 does not have',
  ]);
});

test("they can under different names, and one path may lie in another", async () => {
  const served = {
    app1: { path: "/x/", hostnames: ["a.example.com"] },
    app2: { path: "/x/", hostnames: ["b.example.com"] },
    app3: { path: "/x/y/" },
  };
  assert.deepEqual(await told(apps(served)), []);
});

test("two apps of a pair can't have one name on the hosts", async () => {
  assert.deepEqual(await told(apps({ app1: { path: "/x/" }, app2: { path: "/y/", app: "app1" } })), [
    'error: ProxiedApp app2: app: got "app1", want a name that ProxiedApp app1 does not have on this pair',
  ]);
});

test("apps of different pairs are strangers, and so are the apps of two runs in one process", async () => {
  const program = (options: pulumi.ComponentResourceOptions) => {
    for (const [index, name] of ["edge", "inner"].entries()) {
      const loadBalancer = new LoadBalancerPair(name, pairNumber(index), options);
      new ProxiedApp(`${name}-app`, { loadBalancer, backends: BACKENDS, path: "/x/", app: "app1" }, options);
    }
  };
  assert.deepEqual(await told(program), []);
  assert.deepEqual(await told(program), []);
});

function pairNumber(index: number, over: Partial<LoadBalancerPairArgs> = {}): LoadBalancerPairArgs {
  const hosts = Object.fromEntries(
    ["lb1", "lb2"].map((host, n) => [host, { connection: connectionTo(`203.0.113.${11 + 2 * index + n}`) }]),
  );
  const virtualAddress = `203.0.113.${100 + index}/24`;
  return pairArgs({ hosts, virtualAddress, vrrp: { vrid: 51 + index }, ...over });
}

function twoPairs(over: Partial<LoadBalancerPairArgs>): Promise<readonly string[]> {
  return told((options) => {
    new LoadBalancerPair("edge", pairNumber(0), options);
    new LoadBalancerPair("inner", pairNumber(1, over), options);
  });
}

test("two pairs on one network can't have one VRID; on two networks they can", async () => {
  assert.deepEqual(await twoPairs({ vrrp: { vrid: 51 } }), [
    "error: LoadBalancerPair inner: vrrp.vrid: got 51, want another than LoadBalancerPair edge's, which is on the same network",
  ]);
  const hosts = {
    lb1: { connection: connectionTo("198.51.100.11") },
    lb2: { connection: connectionTo("198.51.100.12") },
  };
  assert.deepEqual(await twoPairs({ vrrp: { vrid: 51 }, hosts, virtualAddress: "198.51.100.10/24" }), []);
});

test("two pairs can't move one address, nor have one machine", async () => {
  assert.deepEqual(await twoPairs({ virtualAddress: "203.0.113.100/24" }), [
    'error: LoadBalancerPair inner: virtualAddress: got "203.0.113.100", want an address that LoadBalancerPair edge does not move',
  ]);
  const [message = ""] = await twoPairs({ hosts: pairNumber(0).hosts });
  // Either may be told: who comes second depends on what was known first.
  assert.match(
    message,
    /hosts\.lb1\.connection\.host: got "203\.0\.113\.11", want a host that LoadBalancerPair \w+ does not have/,
  );
});

test("a machine's access log is set up by one server", async () => {
  const messages = await told((options) => {
    const loadBalancer = new LoadBalancerPair("edge", pairArgs(), options);
    const logging = { connection: connectionTo("203.0.113.21"), server: "apache" } as const;
    for (const name of ["web1", "web2"])
      new BackendServer(name, { address: `203.0.113.21:${name === "web1" ? 80 : 81}`, loadBalancer, logging }, options);
  });
  assert.deepEqual(messages, [
    'error: BackendServer web2: logging.connection.host: got "203.0.113.21", want a machine whose log is not set up by BackendServer web1 already',
  ]);
});

test("what is not yet computed, or wrong, claims nothing, nor does what would stand in for it", async () => {
  const notYet = pulumi.output(unknown) as unknown as pulumi.Output<never>;
  assert.deepEqual(
    await told((options) => {
      new LoadBalancerPair("edge", pairNumber(0, { vrrp: { vrid: notYet } }), options);
      new LoadBalancerPair("inner", pairNumber(1, { vrrp: { vrid: 51 } }), options);
      const loadBalancer = new LoadBalancerPair("third", pairNumber(2), options);
      const app = { loadBalancer, backends: BACKENDS, path: "/x/" };
      new ProxiedApp("app1", { ...app, hostnames: notYet }, options);
      new ProxiedApp("app2", app, options);
    }),
    [],
  );
  const path = pulumi.output(unknown) as unknown as pulumi.Output<string>;
  const messages = await told((options) => {
    const loadBalancer = new LoadBalancerPair("edge", pairArgs(), options);
    for (const name of ["app1", "app2"]) new ProxiedApp(name, { loadBalancer, backends: BACKENDS, path }, options);
  });
  assert.deepEqual(messages, []);
});

function dataFile(name: string): string {
  return readFileSync(join(import.meta.dirname, "data", name), "utf8");
}

function pairWithCertificate(certificate: string, key: string): Promise<readonly string[]> {
  const given = { certificatePem: dataFile(certificate), privateKeyPem: pulumi.secret(dataFile(key)) };
  return told((options) => new LoadBalancerPair("edge", pairArgs({ tls: { certificate: given } }), options));
}

test("a given certificate has to cover the pair's names and to belong to its key", async () => {
  assert.deepEqual(await pairWithCertificate("example.com.pem", "example.com-key.pem"), []);
  assert.deepEqual(await pairWithCertificate("shop.pem", "shop-key.pem"), [
    "error: LoadBalancerPair edge: tls.certificate.certificatePem: got a certificate for DNS:shop.example.net, DNS:*.shop.example.net, want one that covers example.com",
  ]);
  assert.deepEqual(await pairWithCertificate("example.com.pem", "shop-key.pem"), [
    "error: LoadBalancerPair edge: tls.certificate.privateKeyPem: got a secret value, want this certificate's",
  ]);
});

test("a certificate that clients refuse by its dates is warned of, and stops nothing", async () => {
  const { validityWarnings } = await import("../../components/given-certificate.ts");
  const at = (date: string) => validityWarnings("tls.certificate", dataFile("example.com.pem"), Date.parse(date));
  assert.deepEqual(at("2027-01-01"), []);
  for (const date of ["2026-01-01", "2047-01-01"])
    assert.match(
      at(date)[0] ?? "",
      /^tls\.certificate: the certificate is valid from 2026-.* to 2046-.*: clients refuse it now$/,
    );
});

test("a list of revoked certificates that has ended is warned of with its date, and what is none is wrong", async () => {
  const crlPem = readFileSync(join(import.meta.dirname, "../proxy/data/weekly-crl.pem"), "utf8");
  const pairWithList = (list: string) =>
    told((options) => {
      const clientCertificates = { mode: "required" as const, caPem: dataFile("shop.pem"), crlPem: list };
      return new LoadBalancerPair("edge", pairArgs({ tls: { clientCertificates } }), options);
    });
  assert.deepEqual(await pairWithList(crlPem), [
    "warning: LoadBalancerPair edge: tls.clientCertificates.crlPem: the list of C=DE, O=Acme, Inc., CN=Clients ä ended on 2026-01-08T00:00:00.000Z: no client of this authority is trusted",
  ]);
  assert.deepEqual(await pairWithList(crlPem + crlPem.replace(/\n[^\n]+\n-----END/, "\n-----END")), [
    "error: LoadBalancerPair edge: tls.clientCertificates.crlPem: got a text in which one is none, want lists of revoked certificates in PEM",
  ]);
});

test("a warning is told by the component that it concerns", async () => {
  const vrrp = { trackProxy: { isEnabled: false } };
  const [message = ""] = await told((options) => new LoadBalancerPair("edge", pairArgs({ vrrp }), options));
  assert.match(message, /^warning: LoadBalancerPair edge: vrrp\.trackProxy\.isEnabled: false/);
});
