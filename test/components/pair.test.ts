import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import { LoadBalancerPair, loadBalancerPairProblems } from "../../components/load-balancer-pair.ts";
import { ProxiedApp } from "../../components/proxied-app.ts";
import { formatProblem } from "../../config/problems.ts";
import { known, type Recording, record, secret } from "./lib/recorder.ts";
import { connectionTo, HOST_KEY, PRIVATE_KEY, pairArgs } from "./lib/samples.ts";

const COMMAND = "command:remote:Command";
const COPY = "command:remote:CopyToRemote";

function stdinOf(recording: Recording, name: string): unknown {
  return recording.get(name).inputs["stdin"];
}

test("a pair is the same children for each host, named by role and host", async () => {
  const stats = { user: "admin", password: pulumi.secret("s3cret") };
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs({ stats }), options));
  const roles = ["release", "certificate", "stats-password", "control-key", "proxy", "vrrp"];
  assert.deepEqual(
    recording.names(COMMAND),
    ["lb2", "lb1"].flatMap((host) => roles.map((role) => `edge-${host}-${role}`)),
  );
  assert.deepEqual(
    recording.names(COPY),
    ["lb2", "lb1"].flatMap((host) => [1, 2].map((part) => `edge-${host}-release-part-${part}`)),
  );
});

test("hosts are changed one after the other, the one that is less likely to be Active first", async () => {
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs(), options));
  const chain = Object.fromEntries(recording.names(COMMAND).map((name) => [name, recording.get(name).dependsOn]));
  assert.deepEqual(chain, {
    "edge-lb2-release": ["edge-lb2-release-part-2"],
    "edge-lb2-certificate": ["edge-lb2-release"],
    "edge-lb2-control-key": ["edge-lb2-release", "edge-lb2-certificate"],
    "edge-lb2-proxy": ["edge-lb2-certificate", "edge-lb2-control-key"],
    "edge-lb2-vrrp": ["edge-lb2-proxy"],
    "edge-lb1-release": ["edge-lb1-release-part-2", "edge-lb2-vrrp"],
    "edge-lb1-certificate": ["edge-lb1-release"],
    "edge-lb1-control-key": ["edge-lb1-release", "edge-lb1-certificate"],
    "edge-lb1-proxy": ["edge-lb1-certificate", "edge-lb1-control-key"],
    "edge-lb1-vrrp": ["edge-lb1-proxy"],
  });
});

test("given priorities decide the order", async () => {
  const hosts = {
    lb1: { connection: connectionTo("203.0.113.11"), priority: 100 },
    lb2: { connection: connectionTo("203.0.113.12"), priority: 101 },
  };
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs({ hosts }), options));
  assert.equal(recording.names(COMMAND)[0], "edge-lb1-release");
});

test("the documents are in clear and differ in what is the host's own", async () => {
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs(), options));
  assert.equal(
    stdinOf(recording, "edge-lb1-proxy"),
    [
      '{"proxy":"lb1"}',
      '{"listener":"http","kind":"redirect","port":80}',
      '{"listener":"https","kind":"https","port":443}',
      '{"certificate":"main","hostnames":["example.com"]}',
      "",
    ].join("\n"),
  );
  assert.equal(
    stdinOf(recording, "edge-lb2-vrrp"),
    '{"vrrp":"lb2"}\n{"control":{"peers":["203.0.113.11"]}}\n{"instance":"main","addresses":["203.0.113.10/24"],"peerPriority":254,"priority":250,"vrid":51}\n',
  );
});

test("secrets go by a secret stdin, and no input shows one in clear", async () => {
  const stats = { user: "admin", password: pulumi.secret("s3cret") };
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs({ stats }), options));
  assert.deepEqual(stdinOf(recording, "edge-lb1-stats-password"), secret("s3cret"));
  assert.deepEqual(
    stdinOf(recording, "edge-lb1-certificate"),
    secret(
      "-----BEGIN CERTIFICATE-----\nsite\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nkey\n-----END PRIVATE KEY-----\n",
    ),
  );
  for (const { name, inputs } of recording.resources) {
    const shown = JSON.stringify(inputs, (_, value) => (isSecret(value) ? "[secret]" : value));
    assert.doesNotMatch(shown, /do-not-show-me|s3cret/, name);
  }
});

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 2 && "value" in value;
}

test("a command runs again at a change, is replaced on another machine, and hides what nobody reviews", async () => {
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs(), options));
  const { inputs, options } = recording.get("edge-lb1-proxy");
  assert.equal(
    inputs["create"],
    '[ "$(id -u)" = 0 ] || set -- sudo -n\nexec "$@" /opt/lbpair/current/bin/lbctl apply proxy\n',
  );
  assert.equal(inputs["update"], inputs["create"]);
  assert.deepEqual(inputs["triggers"], ["203.0.113.11"]);
  assert.equal(inputs["addPreviousOutputInEnv"], false);
  assert.equal(inputs["logging"], "none");
  assert.equal(options.deleteBeforeReplace, true);
});

test("a connection has the fields that were given and no other", async () => {
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs(), options));
  const defaults = { dialErrorLimit: 10, perDialTimeout: 15, port: 22, user: "root" };
  const connection = { host: "203.0.113.11", hostKey: HOST_KEY, privateKey: PRIVATE_KEY, ...defaults };
  assert.deepEqual(recording.get("edge-lb1-vrrp").inputs["connection"], secret(connection));
});

test("the release is told by its digest, so a new one is a changed line", async () => {
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs(), options));
  const digest = "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd";
  assert.equal(stdinOf(recording, "edge-lb1-release"), `${digest} 1.2.3 x64 2\n`);
});

test("its parts are copied one after the other, and again to a machine that shows another key", async () => {
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs(), options));
  const [first, second] = [1, 2].map((part) => recording.get(`edge-lb1-release-part-${part}`));
  assert.deepEqual([first?.dependsOn, second?.dependsOn], [[], ["edge-lb1-release-part-1"]]);
  assert.deepEqual(
    [first, second].map((part) => part?.inputs["remotePath"]),
    [".lbpair/release/1", ".lbpair/release/2"],
  );
  assert.deepEqual(second?.inputs["triggers"], ["203.0.113.11", "root", HOST_KEY]);
});

test("each host gets the release for what it is", async () => {
  const hosts = {
    lb1: { connection: connectionTo("203.0.113.11"), architecture: "arm64" as const },
    lb2: { connection: connectionTo("203.0.113.12") },
  };
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs({ hosts }), options));
  const digest = "eeeeeeeeeeeeeeeebbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd";
  assert.equal(stdinOf(recording, "edge-lb1-release"), `${digest} 1.2.3 arm64 1\n`);
  assert.deepEqual(recording.names(COPY).sort(), [
    "edge-lb1-release-part-1",
    "edge-lb2-release-part-1",
    "edge-lb2-release-part-2",
  ]);
});

test("to a host that is gone nothing is copied, and a command that is new there runs nothing", async () => {
  const hosts = {
    lb1: { connection: connectionTo("203.0.113.11") },
    lb2: { connection: connectionTo("203.0.113.12"), isGone: true },
  };
  const recording = await record((options) => {
    const loadBalancer = new LoadBalancerPair("edge", pairArgs({ hosts }), options);
    const backends = { web1: { address: "203.0.113.21:80" } };
    new ProxiedApp("app1", { loadBalancer, path: "/app1/", backends }, options);
  });
  assert.deepEqual(recording.names(COPY), ["edge-lb1-release-part-1", "edge-lb1-release-part-2"]);
  const commands = ["release", "certificate", "control-key", "proxy", "vrrp"].map((role) => `edge-lb2-${role}`);
  for (const name of [...commands, "app1-lb2"]) {
    const { inputs, options } = recording.get(name);
    assert.deepEqual([inputs["create"], inputs["update"], inputs["delete"]], [undefined, undefined, undefined]);
    assert.equal(options.retainOnDelete, true);
    assert.ok(options.ignoreChanges?.includes("create"), name);
  }
});

test("the private authority and the certificate are ECDSA P-256, renewed when a third of the time is left", async () => {
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs(), options));
  for (const key of ["edge-ca-key", "edge-key"])
    assert.deepEqual(recording.get(key).inputs, { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const { dnsNames, ipAddresses } = recording.get("edge-request").inputs;
  assert.deepEqual([dnsNames, ipAddresses], [["example.com"], ["203.0.113.10"]]);
  const { validityPeriodHours, earlyRenewalHours } = recording.get("edge-certificate").inputs;
  assert.deepEqual([validityPeriodHours, earlyRenewalHours], [8760, 2920]);
  assert.equal(recording.get("edge-ca-certificate").inputs["earlyRenewalHours"], 29_200);
});

test("the outputs are known at preview, and the handle is secret", async () => {
  let pair: LoadBalancerPair | undefined;
  await record(
    (options) => {
      pair = new LoadBalancerPair("edge", pairArgs(), options);
    },
    { isPreview: true },
  );
  assert.ok(pair !== undefined);
  assert.equal(await known(pair.url), "https://example.com/");
  assert.equal(await known(pair.virtualAddress), "203.0.113.10");
  assert.deepEqual(await known(pair.sourceAddresses), ["203.0.113.11", "203.0.113.12", "203.0.113.10"]);
  assert.deepEqual(await known(pair.hostNames), ["lb2", "lb1"]);
  const isSecret = [pulumi.isSecret(pair.url), pulumi.isSecret(pair.hostNames), pulumi.isSecret(pair.handle)];
  assert.deepEqual(await Promise.all(isSecret), [false, false, true]);
});

test("a host whose address is not yet known appears at preview all the same", async () => {
  const later = pulumi.output(unknown) as unknown as pulumi.Output<string>;
  const hosts = {
    lb1: { connection: connectionTo("203.0.113.11") },
    lb2: { connection: { ...connectionTo(""), host: later } },
  };
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs({ hosts }), options), {
    isPreview: true,
  });
  assert.ok(recording.names(COMMAND).includes("edge-lb2-vrrp"));
});

function dataFile(name: string): string {
  return readFileSync(join(import.meta.dirname, "data", name), "utf8");
}

const GIVEN = {
  certificatePem: dataFile("example.com.pem"),
  privateKeyPem: pulumi.secret(dataFile("example.com-key.pem")),
};

test("a given certificate replaces the private authority", async () => {
  let pair: LoadBalancerPair | undefined;
  const recording = await record((options) => {
    pair = new LoadBalancerPair("edge", pairArgs({ tls: { certificate: GIVEN } }), options);
  });
  assert.deepEqual(
    recording.resources.filter(({ type }) => type.startsWith("tls:")).map(({ name }) => name),
    ["edge-control-key"],
  );
  assert.ok(pair !== undefined);
  assert.equal(await known(pair.certificateExpiry), "2046-11-17T20:29:51.000Z");
  assert.equal(await known(pair.caCertificatePem), "");
});

test("who may certify clients is no secret, and is looked at before any host sees it", async () => {
  const asking = { mode: "required" as const, caPem: `${dataFile("shop.pem")}${dataFile("example.com.pem")}` };
  const recording = await record((options) => {
    new LoadBalancerPair("edge", pairArgs({ tls: { clientCertificates: asking } }), options);
  });
  for (const host of ["lb1", "lb2"]) {
    const lines = String(stdinOf(recording, `edge-${host}-proxy`)).split("\n");
    const { caPem, mode } = asking;
    assert.ok(lines.includes(JSON.stringify({ tls: { clientCertificates: { caPem, mode } } })));
  }
  const broken = { ...asking, caPem: asking.caPem.replace(/\n[^\n]+\n-----END/, "\n-----END") };
  const problems = await loadBalancerPairProblems(pairArgs({ tls: { clientCertificates: broken } }));
  assert.deepEqual(
    problems.map((problem) => formatProblem("edge", problem)),
    ["edge: tls.clientCertificates.caPem: got a text in which one is none, want certificates in PEM"],
  );
});

test("further certificates are issued or given; the pair's own answers clients that ask for none", async () => {
  const given = { certificatePem: dataFile("shop.pem"), privateKeyPem: pulumi.secret(dataFile("shop-key.pem")) };
  const moreCertificates = { a: { hostnames: ["a.example.com"] }, shop: given };
  const recording = await record((options) => {
    new LoadBalancerPair("edge", pairArgs({ tls: { moreCertificates } }), options);
  });
  assert.deepEqual(recording.get("edge-site-a-request").inputs["dnsNames"], ["a.example.com"]);
  const lines = String(stdinOf(recording, "edge-lb1-proxy")).split("\n");
  assert.deepEqual(
    lines.filter((line) => line.includes("certificate")),
    [
      '{"certificate":"main","hostnames":["example.com"]}',
      '{"certificate":"site-a","hostnames":["a.example.com"]}',
      '{"certificate":"site-shop","hostnames":["shop.example.net","*.shop.example.net"]}',
    ],
  );
  const commands = recording.names(COMMAND).filter((name) => name.startsWith("edge-lb1-certificate"));
  assert.deepEqual(commands, ["edge-lb1-certificate", "edge-lb1-certificate-site-a", "edge-lb1-certificate-site-shop"]);
  assert.deepEqual(recording.get("edge-lb1-proxy").dependsOn, [...commands, "edge-lb1-control-key"]);
});

test("a second virtual address is an instance of its own, which can prefer the other host", async () => {
  const moreVirtualAddresses = { second: { address: "203.0.113.9/24", preferredHost: "lb2" } };
  const recording = await record((options) => {
    new LoadBalancerPair("edge", pairArgs({ moreVirtualAddresses }), options);
  });
  const control = '{"control":{"peers":["203.0.113.12"]}}';
  const main = '{"instance":"main","addresses":["203.0.113.10/24"],"peerPriority":250,"priority":254,"vrid":51}';
  const second = '{"instance":"second","addresses":["203.0.113.9/24"],"peerPriority":254,"priority":250,"vrid":52}';
  assert.equal(stdinOf(recording, "edge-lb1-vrrp"), `{"vrrp":"lb1"}\n${control}\n${main}\n${second}\n`);
  assert.match(
    String(stdinOf(recording, "edge-lb2-vrrp")),
    /"203\.0\.113\.9\/24"\],"peerPriority":250,"priority":254,/,
  );
  assert.deepEqual(recording.get("edge-request").inputs["ipAddresses"], ["203.0.113.10", "203.0.113.9"]);
});

test("the hosts' VRRP daemons call each other where they are told to, with one key that both get", async () => {
  const hosts = {
    lb1: { connection: connectionTo("203.0.113.11"), controlAddresses: ["203.0.113.11", "198.51.100.11"] },
    lb2: { connection: connectionTo("lb2.example.com") },
  };
  const vrrp = { control: { port: 9_000 } };
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs({ hosts, vrrp }), options));
  const control = '{"control":{"peers":["203.0.113.11","198.51.100.11"],"port":9000}}';
  assert.ok(String(stdinOf(recording, "edge-lb2-vrrp")).includes(control));
  // Nothing is known of where lb2 would listen.
  assert.doesNotMatch(String(stdinOf(recording, "edge-lb1-vrrp")), /control/);
  assert.deepEqual(stdinOf(recording, "edge-lb1-control-key"), stdinOf(recording, "edge-lb2-control-key"));
});

test("a control channel that is not wanted is not there", async () => {
  const vrrp = { control: { isEnabled: false } };
  const recording = await record((options) => new LoadBalancerPair("edge", pairArgs({ vrrp }), options));
  assert.doesNotMatch(String(stdinOf(recording, "edge-lb1-vrrp")), /control/);
});
