import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Lab } from "../../lab/lab.ts";
import { type ConnectionArgs, LoadBalancerPair, ProxiedApp, ProxiedApps, type TlsArgs } from "../../provider/index.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";

// The example's policies, asked by the real engine. Nothing is deployed: they speak at preview.

const PACK = join(import.meta.dirname, "../../examples/policy");
const TWO = { web1: { address: "203.0.113.21:80" }, web2: { address: "203.0.113.22:80" } };

let lab: Lab;
let site: TestStack;
before(async () => {
  lab = await openTestLab();
  site = await openTestStack(lab, "policy", async () => ({}));
});
after(() => site.close());

type Site = {
  password: string;
  backends: Record<string, { address: string }>;
  tls?: TlsArgs;
  /** Backends of an app among many. */
  more?: Record<string, { address: string }>;
};

function program({ password, backends, tls = {}, more = TWO }: Site) {
  return async () => {
    const privateKey = new pulumi.Config().requireSecret("privateKey");
    const connection = (name: string): ConnectionArgs => {
      const { address, hostKey } = lab.host(name);
      return { host: address, hostKey, privateKey };
    };
    const edge = new LoadBalancerPair("edge", {
      hostname: "example.com",
      virtualAddress: `${lab.virtualAddresses[0]?.address}/24`,
      hosts: { lb1: { connection: connection("lb1") }, lb2: { connection: connection("lb2") } },
      stats: { user: "admin", password: pulumi.secret(password) },
      tls,
    });
    new ProxiedApp("app1", { loadBalancer: edge, path: "/app1/", backends });
    const app2 = { path: "/app2/", backends: more };
    new ProxiedApps("apps", { loadBalancer: edge, apps: { app2, app3: { path: "/app3/", backends: TWO } } });
  };
}

/** What a person sees of a preview with the policies, and whether it passed. */
async function judged(run: () => Promise<unknown>, settings: object = {}): Promise<{ isGood: boolean; text: string }> {
  let text = "";
  site.setProgram(run as () => Promise<Record<string, unknown>>);
  const onOutput = (part: string) => {
    text += part;
  };
  const settingsFile = join(site.stateDir, "policies.json");
  writeFileSync(settingsFile, JSON.stringify(settings));
  const policies = { policyPacks: [PACK], policyPackConfigs: [settingsFile] };
  const isGood = await site.stack.preview({ color: "never", ...policies, onOutput }).then(
    () => true,
    () => false,
  );
  return { isGood, text };
}

test("a pair as it should be passes", async () => {
  const { isGood, text } = await judged(program({ password: "correct horse battery", backends: TWO }));
  assert.ok(isGood, text);
  assert.match(text, /lbpair/);
});

test("an app with one backend and a password from the manual are refused, and the password is not shown", async () => {
  const { web1 } = TWO;
  const { isGood, text } = await judged(program({ password: "Password", backends: { web1 }, more: { web1 } }));
  assert.ok(!isGood, text);
  assert.match(text, /\[mandatory\].*backends/);
  assert.match(text, /app app1: got 1 backends, want at least 2/);
  assert.match(text, /app app2: got 1 backends, want at least 2/);
  assert.doesNotMatch(text, /app (?:app3|apps): got/);
  assert.match(text, /stats\.password: got a well-known one/);
  assert.doesNotMatch(text, /"?Password"?$/m);
  const short = await judged(program({ password: "tr0ub4dor&3", backends: TWO }));
  assert.match(short.text, /stats\.password: got 11 characters, want at least 12/);
  assert.ok(!short.isGood && !short.text.includes("tr0ub4dor"));
});

test("TLS 1.2 is refused where the policies are set to 1.3", async () => {
  const password = "correct horse battery";
  const settings = { "tls-version": { minimum: "TLSv1.3" } };
  const { isGood, text } = await judged(program({ password, backends: TWO }), settings);
  assert.ok(!isGood, text);
  assert.match(text, /tls\.versionMin: got "TLSv1\.2", want "TLSv1\.3" or newer/);
  const newer = await judged(program({ password, backends: TWO, tls: { versionMin: "TLSv1.3" } }), settings);
  assert.ok(newer.isGood, newer.text);
});

test("a remote command to a machine whose key is not pinned is refused", async () => {
  const { isGood, text } = await judged(async () => {
    new command.remote.Command("loose", { connection: { host: "203.0.113.21" }, create: "true" });
  });
  assert.ok(!isGood, text);
  assert.match(text, /connection\.hostKey: got nothing, want the machine's key/);
});
