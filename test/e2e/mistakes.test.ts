import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { BackendServer, LoadBalancerPair, type LoadBalancerPairArgs, ProxiedApp } from "../../provider/index.ts";
import { connectionTo } from "../components/lib/samples.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack } from "./lib/engine.ts";

// What the real CLI shows of a program full of mistakes: all of them, in one run, before any host is asked. Run with
// LBPAIR_WRITE_GOLDEN=1 to write the text anew, and read what changed.

const GOLDEN = join(import.meta.dirname, "data/mistakes.txt");
const DATA = join(import.meta.dirname, "../components/data");
const BACKENDS = { web1: { address: "203.0.113.21:80" } };

/** A pair with two machines of its own, right but for what is given. */
function pair(name: string, number: number, over: Partial<LoadBalancerPairArgs>): LoadBalancerPair {
  const address = (place: number) => `203.0.113.${10 * number + place}`;
  return new LoadBalancerPair(name, {
    hostname: "example.com",
    virtualAddress: `${address(0)}/24`,
    hosts: { lb1: { connection: connectionTo(address(1)) }, lb2: { connection: connectionTo(address(2)) } },
    vrrp: { vrid: number },
    ...over,
  });
}

/** One mistake of each kind; what is wrong in one place hides nothing of another. */
function program(): Promise<Record<string, unknown>> {
  const hosts = {
    lb1: { connection: connectionTo("203.0.113.11"), priority: 100 },
    lb2: { connection: connectionTo("198.51.100.12"), priority: 100 },
  };
  const certificate = { certificatePem: pem("shop.pem"), privateKeyPem: pulumi.secret(pem("shop-key.pem")) };
  const moreVirtualAddresses = { second: { address: "203.0.113.11/24", preferredHost: "lb3" } };
  const vrrp = { vrid: 256, trackInterfaces: ["an-interface-of-16"] };
  pair("addresses", 1, { hosts, moreVirtualAddresses, vrrp, tls: { certificate, earlyRenewalHours: 9_000 } });
  pair("version", 2, { hostname: "Example.com", vrrp: { version: 2, advertIntervalMs: 100 }, ports: { https: 80 } });
  pair("stuck", 3, { vrrp: { vrid: 3, trackProxy: { weight: 2 } } });
  const scripts = { "up link": { command: ["/bin/true"] }, disk: { command: ["df"] } };
  const hooks = [{ command: ["move-address"] }];
  pair("programs", 4, {
    vrrp: { vrid: 4, scripts, hooks, authentication: { kind: "password", secret: "far-too-long" } },
  });
  pair("twin", 3, {});
  const edge = pair("edge", 5, {});
  new ProxiedApp("app1", { loadBalancer: edge, path: "/x/", backends: BACKENDS });
  new ProxiedApp("app2", { loadBalancer: edge, path: "/x/", backends: BACKENDS, check: { rise: 0 } });
  new ProxiedApp("app3", { loadBalancer: edge, path: "x", backends: {} });
  const twice = { ...BACKENDS, web2: { address: "203.0.113.21:80", weight: -1 } };
  new ProxiedApp("app4", { loadBalancer: edge, path: "/y/", backends: twice });
  const logging = { server: "tomcat" as const, connection: connectionTo("203.0.113.21") };
  new BackendServer("web1", { address: "203.0.113.21", loadBalancer: edge, logging });
  return Promise.resolve({});
}

function pem(file: string): string {
  return readFileSync(join(DATA, file), "utf8");
}

/** What is told, component by component, in the order of their names. */
function diagnostics(text: string): string {
  const [, told = ""] = text.split(/^(?:Diagnostics|Resources):$/m);
  const blocks = told.split(/^(?= {2}\S.*:$)/m).filter((block) => block.startsWith("  lbpair:"));
  return blocks
    .map((block) => `${block.trim()}\n`)
    .sort()
    .join("\n");
}

test("one preview tells every mistake of a program: component, field, value and what is wanted", async (context) => {
  const site = await openTestStack(await openTestLab(), "mistakes", program);
  context.after(() => site.close());
  let text = "";
  const onOutput = (part: string) => {
    text += part;
  };
  const isGood = await site.stack.preview({ color: "never", onOutput }).then(
    () => true,
    () => false,
  );
  assert.ok(!isGood, text);
  const told = diagnostics(text);
  if (env["LBPAIR_WRITE_GOLDEN"] !== undefined) {
    mkdirSync(dirname(GOLDEN), { recursive: true });
    writeFileSync(GOLDEN, told);
  }
  assert.equal(told, readFileSync(GOLDEN, "utf8"));
  assert.doesNotMatch(text, /^\s+at /m, "a stack trace");
  assert.doesNotMatch(text, /do-not-show-me|far-too-long|PRIVATE KEY/);
});
