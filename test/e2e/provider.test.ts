import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { pulumiHome } from "../../bootstrap/places.mjs";
import type { Lab } from "../../lab/lab.ts";
import manifest from "../../package.json" with { type: "json" };
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";

// The components as programs in other languages use them: constructed by the engine in the package's plugin.

const home = mkdtempSync(join(tmpdir(), "lbpair-home-"));
let lab: Lab;
let site: TestStack;

/** What a generated SDK is: a name, inputs and outputs, no code. */
class Remote extends pulumi.ComponentResource {
  declare readonly url: pulumi.Output<string>;
  declare readonly urls: pulumi.Output<Record<string, string>>;
  declare readonly handle: pulumi.Output<unknown>;
  declare readonly address: pulumi.Output<string>;

  constructor(type: string, name: string, inputs: pulumi.Inputs) {
    const outputs = { url: undefined, urls: undefined, handle: undefined, address: undefined };
    super(`lbpair:index:${type}`, name, { ...outputs, ...inputs }, { version: manifest.version }, true);
  }
}

function programWith(backends: Record<string, string>) {
  return async () => {
    const privateKey = new pulumi.Config().requireSecret("privateKey");
    const connection = (name: string) => {
      const { address, hostKey } = lab.host(name);
      return { host: address, hostKey, privateKey };
    };
    const edge = new Remote("LoadBalancerPair", "edge", {
      hostname: "example.com",
      virtualAddress: `${lab.virtualAddresses[0]?.address}/24`,
      hosts: { lb1: { connection: connection("lb1") }, lb2: { connection: connection("lb2") } },
    });
    const servers = Object.entries(backends).map(([name, address]) => {
      const logging = name === "web1" ? { logging: { server: "apache", connection: connection(name) } } : {};
      return [name, new Remote("BackendServer", name, { address, loadBalancer: edge.handle, ...logging })] as const;
    });
    const members = servers.map(([name, { address }]) => [name, { address }]);
    const app1 = new Remote("ProxiedApp", "app1", {
      loadBalancer: edge.handle,
      path: "/app1/",
      backends: Object.fromEntries(members),
    });
    const web7 = { web7: { address: "203.0.113.27:80" } };
    const apps = { blog: { path: "/blog/", backends: web7 }, news: { path: "/news/", backends: web7 } };
    const many = new Remote("ProxiedApps", "many", { loadBalancer: edge.handle, apps });
    return { url: app1.url, urls: many.urls, handle: edge.handle };
  };
}

before(async () => {
  lab = await openTestLab();
  const plugins = join(home, "plugins");
  const own = join(plugins, `resource-lbpair-v${manifest.version}`);
  for (const name of readdirSync(join(pulumiHome, "plugins"), { recursive: true, encoding: "utf8" }).sort()) {
    // The engine takes directories for plugins, and no links to directories.
    const from = join(pulumiHome, "plugins", name);
    if (statSync(from).isDirectory()) mkdirSync(join(plugins, name), { recursive: true });
    else symlinkSync(from, join(plugins, name));
  }
  const script = `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, "../../provider/plugin.ts")}' "$@"\n`;
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "pulumi-resource-lbpair"), script, { mode: 0o755 });
  site = await openTestStack(lab, "provider", programWith({ web1: "203.0.113.21:80" }), { home });
});
after(() => {
  site.close();
  rmSync(home, { recursive: true });
});

test("a program without our code deploys a pair, apps and a backend", async () => {
  const { outputs, summary } = await site.stack.up({ color: "never" });
  assert.deepEqual([outputs["url"]?.value, outputs["url"]?.secret], ["https://example.com/app1/", false]);
  assert.equal(outputs["handle"]?.secret, true);
  assert.equal(summary.result, "succeeded");
  const urls = { blog: "https://example.com/blog/", news: "https://example.com/news/" };
  assert.deepEqual([outputs["urls"]?.value, outputs["urls"]?.secret], [urls, false]);
  for (const [path, page] of Object.entries({ app1: /<h1>web1<\/h1>/, news: /"app": ?"web7"/ })) {
    const url = `https://${lab.virtualAddresses[0]?.address}/${path}/`;
    const { stdout } = await lab.run("client", ["curl", "--silent", "--insecure", "--max-time", "5", url]);
    assert.match(stdout, page);
  }
});

test("a second up has nothing to do, and a backend more is two commands", async () => {
  assert.deepEqual(Object.keys(await site.changes()), ["same"]);
  site.setProgram(programWith({ web1: "203.0.113.21:80", web7: "203.0.113.27:80" }));
  const { same: _, ...changes } = await site.changes();
  assert.deepEqual(changes, { create: 1, update: 2 });
});

test("apps leave the hosts before the pair does", async () => {
  let text = "";
  await site.stack.destroy({ color: "never", onOutput: (part) => (text += part) });
  const place = (name: string) => text.search(new RegExp(`command:remote:Command ${name} delet`));
  assert.ok(place("app1-lb1") >= 0 && place("app1-lb1") < place("edge-lb1-vrrp"));
  const left = await lab.exec("lb1", "ls /etc/lbpair /opt/lbpair");
  assert.notEqual(left.status, 0);
});
