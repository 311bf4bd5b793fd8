import assert from "node:assert/strict";
import { test } from "node:test";
import type * as pulumi from "@pulumi/pulumi";
import type { PassthroughAppArgs } from "../../components/args/passthrough-app.ts";
import { BackendServer } from "../../components/backend-server.ts";
import { LoadBalancerPair } from "../../components/load-balancer-pair.ts";
import { PassthroughApp, passthroughAppArgsProblems } from "../../components/passthrough-app.ts";
import { ProxiedApp } from "../../components/proxied-app.ts";
import { formatProblem } from "../../config/problems.ts";
import { known, record } from "./lib/recorder.ts";
import { pairArgs } from "./lib/samples.ts";

const SHOP = { hostnames: ["shop.example.com"], backends: { web1: { address: "203.0.113.21:443" } } };
const TEXT =
  '{"passthrough":"shop","hostnames":["shop.example.com"]}\n{"backend":"web1","address":"203.0.113.21:443"}\n';

const pair = (options: pulumi.ComponentResourceOptions, over = {}) =>
  new LoadBalancerPair("edge", pairArgs(over), options);

test("a passthrough app is one command per host, one after the other, with the same text", async () => {
  const recording = await record((options) => {
    const web1 = new BackendServer("web1", { address: "203.0.113.21:443" }, options);
    new PassthroughApp("shop", { ...SHOP, loadBalancer: pair(options), backends: { web1: { server: web1 } } }, options);
  });
  assert.equal(recording.get("shop-lb1").inputs["stdin"], TEXT);
  assert.equal(recording.get("shop-lb2").inputs["stdin"], TEXT);
  assert.deepEqual(recording.get("shop-lb1").dependsOn, ["shop-lb2"]);
  assert.match(recording.get("shop-lb1").inputs["create"] as string, /lbctl apply app shop\n$/);
});

test("its url is that of the name that clients ask for, at the pair's port", async () => {
  let urls: pulumi.Output<string>[] = [];
  await record((options) => {
    const loadBalancer = pair(options, { ports: { https: 8443 } });
    urls = [
      new PassthroughApp("shop", { ...SHOP, loadBalancer }, options).url,
      new PassthroughApp("all", { ...SHOP, loadBalancer, hostnames: ["*.all.example.com"] }, options).url,
    ];
  });
  assert.deepEqual(await Promise.all(urls.map(known)), [
    "https://shop.example.com:8443/",
    "https://www.all.example.com:8443/",
  ]);
});

async function told(over: object, ...apps: Partial<PassthroughAppArgs>[]): Promise<readonly string[]> {
  const { messages } = await record(
    (options) => {
      const loadBalancer = pair(options, over);
      new ProxiedApp(
        "blog",
        {
          loadBalancer,
          path: "/",
          hostnames: ["blog.example.com"],
          backends: { web1: { address: "203.0.113.21:80" } },
        },
        options,
      );
      for (const [index, app] of apps.entries())
        new PassthroughApp(`shop${index}`, { ...SHOP, loadBalancer, ...app }, options);
    },
    { isPreview: true },
  );
  return messages;
}

test("a preview finds a name for which TLS would end in two places", async () => {
  const tls = { moreCertificates: { more: { hostnames: ["more.example.com"] } } };
  assert.deepEqual(
    await told(
      { tls },
      { hostnames: ["example.com"] },
      { hostnames: ["blog.example.com"] },
      { hostnames: ["more.example.com"] },
      { hostnames: ["shop.example.com"] },
      { hostnames: ["other.example.com", "shop.example.com"] },
    ),
    [
      'error: PassthroughApp shop0: hostnames: got "example.com", want a name that LoadBalancerPair edge does not have',
      'error: PassthroughApp shop1: hostnames: got "blog.example.com", want a name that ProxiedApp blog does not have',
      'error: PassthroughApp shop2: hostnames: got "more.example.com", want a name that LoadBalancerPair edge does not have',
      'error: PassthroughApp shop4: hostnames: got "shop.example.com", want a name that PassthroughApp shop3 does not have',
    ],
  );
});

test("apps that are served may share a name with each other and with a certificate", async () => {
  assert.deepEqual(await told({ alternativeHostnames: ["blog.example.com"] }), []);
});

const WRONG: Readonly<Record<string, readonly [fields: object, problem: string]>> = {
  "a path": [{ path: "/x/" }, 'path: got "/x/", want nothing: with passthrough, TLS hides paths from the proxy'],
  "one server twice": [
    { backends: { a: { address: "192.0.2.1:443" }, b: { address: "192.0.2.1:443" } } },
    'backends.b.address: got "192.0.2.1:443", want one that backend "a" does not have',
  ],
  "a backend without an address": [
    { backends: { a: {} } },
    "backends.a.address: got nothing, want an address, or a server",
  ],
  "a raw setting that is none": [
    { rawSettings: { check: { rise: 0 } } },
    "rawSettings.check.rise: got 0, want an integer 1..100",
  ],
};

for (const [what, [fields, problem]] of Object.entries(WRONG)) {
  test(`${what} is told before anything is applied`, async () => {
    const handle = { url: "", hostNames: [], connections: {}, sourceAddresses: [], virtualAddresses: [] };
    const args = { ...SHOP, loadBalancer: handle, ...fields } as PassthroughAppArgs;
    const problems = await passthroughAppArgsProblems("shop", args);
    assert.deepEqual(
      problems.map((each) => formatProblem("shop", each)),
      [`shop: ${problem}`],
    );
  });
}
