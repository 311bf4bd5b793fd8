import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import type { AppArgs } from "../../components/args/proxied-app.ts";
import type { ProxiedAppsArgs } from "../../components/args/proxied-apps.ts";
import { BackendServer } from "../../components/backend-server.ts";
import { LoadBalancerPair } from "../../components/load-balancer-pair.ts";
import { PassthroughApp } from "../../components/passthrough-app.ts";
import { ProxiedApp } from "../../components/proxied-app.ts";
import { ProxiedApps, proxiedAppsArgsProblems } from "../../components/proxied-apps.ts";
import { formatProblem } from "../../config/problems.ts";
import { known, type Recording, record, secret } from "./lib/recorder.ts";
import { pairArgs } from "./lib/samples.ts";

const WEB1 = { web1: { address: "203.0.113.21:80" } };
const TWO: Record<string, AppArgs> = {
  shop: { path: "/shop/", backends: WEB1, check: { rise: 3 } },
  blog: { path: "/blog/", backends: WEB1 },
};
const TEXT = `{"apps":"shops"}
{"app":"blog","path":"/blog/"}
{"app":"blog","backend":"web1","address":"203.0.113.21:80"}
{"app":"shop","path":"/shop/"}
{"app":"shop","check":{"rise":3}}
{"app":"shop","backend":"web1","address":"203.0.113.21:80"}
`;

function pair(options: pulumi.ComponentResourceOptions): LoadBalancerPair {
  return new LoadBalancerPair("edge", pairArgs(), options);
}

function recordGroup(apps: ProxiedAppsArgs["apps"], isPreview = false): Promise<Recording> {
  return record((options) => new ProxiedApps("shops", { loadBalancer: pair(options), apps }, options), { isPreview });
}

test("many apps are one command per host, one host after the other, with the same text", async () => {
  let group: ProxiedApps | undefined;
  const recording = await record((options) => {
    group = new ProxiedApps("shops", { loadBalancer: pair(options), apps: TWO }, options);
  });
  assert.equal(recording.get("shops-lb1").inputs["stdin"], TEXT);
  assert.equal(recording.get("shops-lb2").inputs["stdin"], TEXT);
  assert.deepEqual(recording.get("shops-lb1").dependsOn, ["shops-lb2"]);
  assert.match(recording.get("shops-lb1").inputs["create"] as string, /lbctl apply apps shops\n$/);
  assert.match(recording.get("shops-lb1").inputs["delete"] as string, /lbctl remove "\$@"' lbpair apps shops\n$/);
  const ofGroup = recording.resources.filter(({ name }) => name.startsWith("shops"));
  assert.deepEqual(ofGroup.map(({ name }) => name).sort(), ["shops", "shops-lb1", "shops-lb2"]);
  assert.ok(group !== undefined);
  const urls = { blog: "https://example.com/blog/", shop: "https://example.com/shop/" };
  assert.deepEqual(await known(group.urls as pulumi.Output<object>), urls);
});

test("a backend added is one line, which says whose it is", async () => {
  const more = { ...WEB1, web3: { address: "203.0.113.23:80" } };
  const recording = await recordGroup({ ...TWO, blog: { path: "/blog/", backends: more } });
  const [before, after] = [TEXT, recording.get("shops-lb2").inputs["stdin"] as string].map((text) => text.split("\n"));
  const added = after?.filter((line) => before?.includes(line) !== true);
  assert.deepEqual(added, ['{"app":"blog","backend":"web3","address":"203.0.113.23:80"}']);
  assert.equal(after?.length, (before?.length ?? 0) + 1);
});

test("a backend of one of many is a BackendServer, too, and anything may be computed", async () => {
  for (const wrap of [(apps: object) => apps, (apps: object) => pulumi.output(apps)]) {
    const recording = await record((options) => {
      const web1 = new BackendServer("web1", { address: "203.0.113.21:80" }, options);
      const shop = pulumi.output({ path: "/shop/", backends: WEB1, check: { rise: 3 } });
      const apps = { shop, blog: { path: pulumi.output("/blog/"), backends: { web1: { server: web1 } } } };
      const args = { loadBalancer: pair(options), apps: wrap(apps) as ProxiedAppsArgs["apps"] };
      new ProxiedApps("shops", args, options);
    });
    assert.equal(recording.get("shops-lb1").inputs["stdin"], TEXT);
  }
});

test("a group may be without apps", async () => {
  const recording = await recordGroup({});
  assert.equal(recording.get("shops-lb1").inputs["stdin"], '{"apps":"shops"}\n');
  assert.deepEqual(recording.messages, []);
});

test("what is not yet known keeps no command from appearing at preview", async () => {
  const notYet = pulumi.output(unknown) as unknown as pulumi.Output<never>;
  const waiting: ProxiedAppsArgs["apps"][] = [
    { ...TWO, news: { path: "/news/", backends: { web1: { address: notYet } } } },
    { ...TWO, news: { path: "/news/", backends: WEB1, backendTls: notYet } },
    { ...TWO, news: notYet },
    notYet,
  ];
  for (const apps of waiting) {
    const recording = await recordGroup(apps, true);
    assert.deepEqual(recording.messages, []);
    assert.equal(recording.get("shops-lb1").inputs["stdin"]?.toString().includes("/blog/") ?? false, false);
    assert.deepEqual(
      recording
        .names("command:remote:Command")
        .filter((name) => name.startsWith("shops"))
        .sort(),
      ["shops-lb1", "shops-lb2"],
    );
  }
});

function dataFile(name: string): string {
  return readFileSync(join(import.meta.dirname, "data", name), "utf8");
}

const OWN = { certificatePem: dataFile("shop.pem"), privateKeyPem: dataFile("shop-key.pem") };

test("what one of many shows to its backends is there before all of them, and its key in no document", async () => {
  const clientCertificate = { ...OWN, privateKeyPem: pulumi.secret(OWN.privateKeyPem) };
  const backendTls = { verify: "none" as const, clientCertificate };
  for (const wrap of [(value: object) => value, (value: object) => pulumi.output(value)]) {
    const shop = { path: "/shop/", backends: WEB1, backendTls: wrap(backendTls) } as AppArgs;
    const recording = await recordGroup({ ...TWO, shop });
    const certificate = recording.get("shops-lb1-shop-certificate");
    assert.match(certificate.inputs["create"] as string, /lbctl apply certificate app-shop\n$/);
    const pem = `${OWN.certificatePem.trim()}\n${OWN.privateKeyPem.trim()}\n`;
    assert.deepEqual(certificate.inputs["stdin"], secret(pem));
    assert.deepEqual(recording.get("shops-lb1").dependsOn, ["shops-lb2", "shops-lb1-shop-certificate"]);
    const stdin = JSON.stringify(recording.get("shops-lb1").inputs["stdin"]);
    assert.match(
      stdin,
      /\\"app\\":\\"shop\\",\\"backendTls\\":\{\\"clientCertificate\\":true,\\"verify\\":\\"none\\"\}/,
    );
    assert.doesNotMatch(stdin, /PRIVATE KEY/);
  }
});

const HANDLE = {
  url: "https://example.com/",
  hostNames: [],
  connections: {},
  sourceAddresses: [],
  virtualAddresses: [],
};

async function problemsWith(apps: unknown, more: object = {}): Promise<string[]> {
  const args = { loadBalancer: HANDLE, apps, ...more } as unknown as ProxiedAppsArgs;
  return (await proxiedAppsArgsProblems("shops", args)).map((problem) => formatProblem("shops", problem));
}

test("everything that is wrong with any of the apps is told at once, with the way to it", async () => {
  const foreign = { ...OWN, privateKeyPem: dataFile("example.com-key.pem") };
  const apps = {
    shop: { path: "/shop/", backends: { web1: { address: "203.0.113.21:80", weight: 300 } } },
    blog: { path: "/blog/", backends: {}, app: "blog2" },
    news: { path: "/news/", backends: { a: { address: "192.0.2.1:80" }, b: { address: "192.0.2.1:80" } } },
    "bad name": TWO["blog"],
    paper: { path: "/shop/", backends: WEB1, backendTls: { clientCertificate: foreign } },
    none: "an app",
  };
  assert.deepEqual((await problemsWith(apps, { group: "a b", more: 1 })).sort(), [
    'shops: apps.bad name: got "bad name", want 1..63 of a-z A-Z 0-9 _ - starting with a letter or digit',
    'shops: apps.blog.app: got "blog2", want no such field',
    "shops: apps.blog.backends: got {}, want 1..10000 backends",
    'shops: apps.news.backends.b.address: got "192.0.2.1:80", want one that backend "a" does not have',
    'shops: apps.none: got "an app", want an object',
    "shops: apps.paper.backendTls.clientCertificate.privateKeyPem: got a key that belongs to another certificate, want this certificate's",
    'shops: apps.paper.path: got "/shop/", want a path that app "shop" does not have',
    "shops: apps.shop.backends.web1.weight: got 300, want an integer 0..256",
    'shops: group: got "a b", want 1..63 of a-z A-Z 0-9 _ - starting with a letter or digit',
    "shops: more: got 1, want no such field",
  ]);
  const long = "a".repeat(60);
  assert.deepEqual(await problemsWith({ [long]: { ...apps.paper, backendTls: { clientCertificate: OWN } } }), [
    `shops: apps.${long}: got "${long}", want at most 59 characters, because of backendTls.clientCertificate`,
  ]);
  assert.deepEqual(await problemsWith("apps"), ['shops: apps: got "apps", want an object']);
});

test("apps of a group have their paths and names to themselves on a pair", async () => {
  const { messages } = await record(
    (options) => {
      const loadBalancer = pair(options);
      new ProxiedApp("shop", { loadBalancer, path: "/x/", backends: WEB1 }, options);
      new ProxiedApp("other", { loadBalancer, path: "/blog/", backends: WEB1 }, options);
      new ProxiedApps("shops", { loadBalancer, apps: TWO }, options);
      new ProxiedApps(
        "more",
        { loadBalancer, group: "shops", apps: { paper: { path: "/shop/", backends: WEB1 } } },
        options,
      );
      const passed = { hostnames: ["shop.example.com"], backends: { web1: { address: "203.0.113.21:443" } } };
      new PassthroughApp("passed", { loadBalancer, ...passed }, options);
      const named = { path: "/", hostnames: ["shop.example.com"], backends: WEB1 };
      new ProxiedApps("named", { loadBalancer, apps: { named } }, options);
    },
    { isPreview: true },
  );
  assert.deepEqual(messages.flatMap((message) => message.replace("error: ", "").split("\n")).sort(), [
    'ProxiedApps more: apps.paper.path: got "/shop/", want a path that ProxiedApps shops does not have',
    'ProxiedApps more: group: got "shops", want a name that ProxiedApps shops does not have on this pair',
    'ProxiedApps named: apps.named.hostnames: got "shop.example.com", want a name that PassthroughApp passed does not have',
    'ProxiedApps shops: apps.blog.path: got "/blog/", want a path that ProxiedApp other does not have',
    'ProxiedApps shops: apps.shop.app: got "shop", want a name that ProxiedApp shop does not have on this pair',
  ]);
});

test("what nobody wants is a warning that names the app", async () => {
  const { messages } = await recordGroup({
    shop: { path: "/shop/", backends: { web1: { address: "192.0.2.1:80", weight: 0 } } },
  });
  assert.deepEqual(messages, [
    "warning: ProxiedApps shops: apps.shop.backends: every weight is 0, so that nobody gets in who has no cookie yet",
  ]);
});

test("groups that depend on an app take their turns behind it, however many they are", async () => {
  const names = ["one", "two", "three", "four", "five"];
  const recording = await record((options) => {
    const loadBalancer = pair(options);
    const group = (name: string, more: pulumi.ComponentResourceOptions = {}) => {
      const apps = { [name]: { path: `/${name}/`, backends: WEB1 } };
      return new ProxiedApps(`${name}s`, { loadBalancer, apps }, { ...options, ...more });
    };
    // Comes last of all: only what it waits for is ready at once.
    const path = group("zero").urls.apply(() => "/late/");
    const late = new ProxiedApp("late", { loadBalancer, path, backends: WEB1 }, options);
    for (const name of names) group(name, { dependsOn: late.url.apply(() => [late]) });
  });
  const commands = recording.names("command:remote:Command");
  for (const name of ["late", ...names.map((each) => `${each}s`)]) assert.ok(commands.includes(`${name}-lb1`), name);
  assert.equal(recording.get("fives-lb1").inputs["stdin"]?.toString().includes('"path":"/five/"'), true);
});
