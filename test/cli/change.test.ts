import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { changeDocument } from "../../cli/change.ts";
import { contentOf } from "../../cli/content.ts";
import type { Daemons } from "../../cli/daemons.ts";
import { findDrift } from "../../cli/drift.ts";
import { readReport } from "../../cli/report.ts";
import { rememberFiles } from "../../cli/undo.ts";
import { renderGroup } from "../../config/app-files.ts";
import { hashDocument } from "../../config/document.ts";
import type { DocumentRef } from "../../config/paths.ts";
import { type BenchHost, freePort, openBenchHost } from "./lib/bench-host.ts";

// lbctl against the real proxy, run from the working tree.

let host: BenchHost;
let port: number;

beforeEach(async () => {
  host = openBenchHost();
  port = await freePort();
});
afterEach(() => host.close());

const OK = { ok: true } as const;

function proxyText(over = ""): string {
  return `{"proxy":"lb1"${over}}\n{"listener":"http","address":"127.0.0.1","kind":"http","port":${port}}\n`;
}

function appText(app: string, path = `/${app}/`): string {
  return `{"app":"${app}","path":"${path}"}\n{"check":{"kind":"none"}}\n{"backend":"web1","address":"127.0.0.1:9"}\n`;
}

function applyProxy(text: string) {
  return changeDocument(host, { kind: "proxy" }, Buffer.from(text));
}

function applyApp(name: string, text: string) {
  return changeDocument(host, { kind: "app", name }, Buffer.from(text));
}

function fileOf(path: string): string {
  return join(host.places.configDir, path);
}

test("a document is in force when apply says so: the daemon runs its hash", async () => {
  assert.deepEqual(await applyProxy(proxyText()), OK);
  const { hashes } = await host.daemons.status("proxy");
  assert.equal(hashes["proxy.jsonl"], hashDocument(proxyText()));
  assert.equal(readFileSync(fileOf("proxy.jsonl"), "utf8"), proxyText());
  assert.equal(statSync(fileOf("proxy.jsonl")).mode & 0o777, 0o640);
});

test("what is in force already is left alone", async () => {
  await applyProxy(proxyText());
  const before = statSync(fileOf("proxy.jsonl"));
  assert.deepEqual(await applyProxy(proxyText()), OK);
  const after = statSync(fileOf("proxy.jsonl"));
  assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
});

test("an app comes and goes while the daemon runs on", async () => {
  await applyProxy(proxyText());
  assert.deepEqual(await applyApp("app1", appText("app1")), OK);
  assert.equal((await host.daemons.status("proxy")).hashes["apps.d/app1.jsonl"], hashDocument(appText("app1")));
  assert.deepEqual(await changeDocument(host, { kind: "app", name: "app1" }, undefined), OK);
  assert.equal((await host.daemons.status("proxy")).hashes["apps.d/app1.jsonl"], undefined);
  assert.equal(existsSync(fileOf("apps.d/app1.jsonl")), false);
  assert.equal(host.starts(), 1);
});

test("the proxy that runs judges a change, and its program does where none runs", async () => {
  const checks: string[] = [];
  const check: Daemons["check"] = (daemon, directory) => {
    checks.push(daemon);
    return host.daemons.check(daemon, directory);
  };
  const counting = { ...host, daemons: { ...host.daemons, check } };
  const apply = (ref: DocumentRef, text: string) => changeDocument(counting, ref, Buffer.from(text));
  assert.deepEqual(await apply({ kind: "proxy" }, proxyText()), OK);
  assert.deepEqual(checks, ["proxy"]);
  assert.deepEqual(await apply({ kind: "app", name: "app1" }, appText("app1")), OK);
  const refused = await apply({ kind: "app", name: "app2" }, appText("app2", "/app1/"));
  assert.match(refused.ok ? "" : refused.reasons.join(), /a path that app "app\d" does not have/);
  assert.deepEqual(checks, ["proxy"]);
});

test("what the host's own binary refuses changes nothing, and the reason comes back", async () => {
  await applyProxy(proxyText());
  await applyApp("app1", appText("app1"));
  const outcome = await applyApp("app2", appText("app2", "/app1/"));
  assert.ok(!outcome.ok);
  assert.match(
    outcome.reasons.join("\n"),
    /apps\.d\/app2\.jsonl: path: got "\/app1\/", want a path that app "app1" does not have/,
  );
  assert.equal(existsSync(fileOf("apps.d/app2.jsonl")), false);
  assert.equal((await host.daemons.status("proxy")).hashes["apps.d/app1.jsonl"], hashDocument(appText("app1")));
});

test("what is right and can't be done is taken back: the old document runs on", async () => {
  await applyProxy(proxyText());
  const squatter = createServer().listen(0);
  await once(squatter, "listening");
  const { port: taken } = squatter.address() as { port: number };
  const outcome = await applyProxy(`${proxyText()}{"listener":"more","kind":"http","port":${taken}}\n`);
  squatter.close();
  assert.ok(!outcome.ok);
  assert.match(outcome.reasons.join("\n"), /EADDRINUSE/);
  assert.equal(readFileSync(fileOf("proxy.jsonl"), "utf8"), proxyText());
  const { hashes, trouble } = await host.daemons.status("proxy");
  assert.deepEqual([hashes["proxy.jsonl"], trouble], [hashDocument(proxyText()), undefined]);
});

test("what a killed lbctl left half-way is undone by the next one", async () => {
  await applyProxy(proxyText());
  await applyApp("app1", appText("app1"));
  // Killed between the rename and the daemon's answer: the file is new, nobody has judged it.
  rememberFiles(host.places, [fileOf("apps.d/app1.jsonl")]);
  writeFileSync(fileOf("apps.d/app1.jsonl"), "not a document\n");
  assert.deepEqual(await applyApp("app2", appText("app2")), OK);
  const { hashes } = await host.daemons.status("proxy");
  assert.equal(hashes["apps.d/app1.jsonl"], hashDocument(appText("app1")));
  assert.equal(hashes["apps.d/app2.jsonl"], hashDocument(appText("app2")));
});

test("a file that a killed lbctl was about to make is gone again", async () => {
  await applyProxy(proxyText());
  rememberFiles(host.places, [fileOf("apps.d/app1.jsonl")]);
  writeFileSync(fileOf("apps.d/app1.jsonl"), "not a document\n");
  assert.deepEqual(await applyApp("app2", appText("app2")), OK);
  assert.equal(existsSync(fileOf("apps.d/app1.jsonl")), false);
});

const SHOPS = { kind: "apps", name: "shops" } as const;

/** A group of apps that answer each at the path of their name, or at another. */
function groupText(...apps: readonly (string | readonly [app: string, path: string])[]): string {
  const texts = apps.map((each): [string, string] => {
    const [app, path] = typeof each === "string" ? [each, `/${each}/`] : each;
    return [app, appText(app, path)];
  });
  return renderGroup("shops", new Map(texts));
}

function applyGroup(text: string) {
  return changeDocument(host, SHOPS, Buffer.from(text));
}

/** Files of apps, and the apps that the daemon runs. */
async function appsNow(): Promise<{ files: string[]; apps: string[] }> {
  const report = await readReport(host.places);
  assert.ok(typeof report.proxy !== "string");
  return { files: readdirSync(fileOf("apps.d")).sort(), apps: Object.keys(report.proxy.apps).sort() };
}

test("many apps come, change and go as one document, and each is judged", async () => {
  await applyProxy(proxyText());
  assert.deepEqual(await applyGroup(groupText("blog", "shop")), OK);
  assert.deepEqual(await appsNow(), { files: ["shops.apps.jsonl"], apps: ["blog", "shop"] });
  const refused = await applyGroup(groupText("news", ["shop", "shop"]));
  assert.match(refused.ok ? "" : refused.reasons.join(), /apps\.d\/shops\.apps\.jsonl: apps\.shop\.path: got "shop"/);
  assert.deepEqual(await appsNow(), { files: ["shops.apps.jsonl"], apps: ["blog", "shop"] });
  assert.deepEqual(await applyGroup(groupText()), OK);
  assert.deepEqual(await appsNow(), { files: ["shops.apps.jsonl"], apps: [] });
  assert.deepEqual(await changeDocument(host, SHOPS, undefined), OK);
  assert.deepEqual(await appsNow(), { files: [], apps: [] });
});

test("an app that moves between a file of its own and a group leaves the one at the moment it is in the other", async () => {
  await applyProxy(proxyText());
  await applyApp("shop", appText("shop"));
  assert.deepEqual(await applyGroup(groupText("blog", "shop")), OK);
  assert.deepEqual(await appsNow(), { files: ["shops.apps.jsonl"], apps: ["blog", "shop"] });
  // What its old resource asks for in the end.
  assert.deepEqual(await changeDocument(host, { kind: "app", name: "shop" }, undefined), OK);
  assert.deepEqual((await appsNow()).apps, ["blog", "shop"]);
  assert.deepEqual(await applyApp("shop", appText("shop")), OK);
  assert.deepEqual(await appsNow(), { files: ["shop.jsonl", "shops.apps.jsonl"], apps: ["blog", "shop"] });
  assert.equal(readFileSync(fileOf("apps.d/shops.apps.jsonl"), "utf8"), groupText("blog"));
  // Nobody changed that by hand.
  assert.deepEqual(
    (await findDrift(host)).filter((line) => line.startsWith("apps.d/")),
    [],
  );
  assert.deepEqual(await applyGroup(groupText("blog")), OK);
});

test("a move that is refused leaves the app where it was", async () => {
  await applyProxy(proxyText());
  await applyApp("shop", appText("shop"));
  const outcome = await applyGroup(groupText("shop", ["blog", "/shop/"]));
  assert.match(outcome.ok ? "" : outcome.reasons.join(), /a path that app "(?:blog|shop)" does not have/);
  assert.deepEqual(await appsNow(), { files: ["shop.jsonl"], apps: ["shop"] });
});

test("another app that merely has the name of one that is there is refused, and both files are named", async () => {
  await applyProxy(proxyText());
  await applyApp("shop", appText("shop"));
  const outcome = await applyGroup(groupText(["shop", "/other/"]));
  assert.deepEqual(outcome, {
    ok: false,
    reasons: ['apps.d/shops.apps.jsonl: apps.shop.app: got "shop", want a name that no app of apps.d/shop.jsonl has'],
  });
});

test("a move that a killed lbctl left half-way is undone by the next one", async () => {
  await applyProxy(proxyText());
  await applyApp("shop", appText("shop"));
  rememberFiles(host.places, [fileOf("apps.d/shops.apps.jsonl"), fileOf("apps.d/shop.jsonl")]);
  rmSync(fileOf("apps.d/shop.jsonl"));
  assert.deepEqual(await applyApp("blog", appText("blog")), OK);
  assert.deepEqual(await appsNow(), { files: ["blog.jsonl", "shop.jsonl"], apps: ["blog", "shop"] });
});

test("the certificate of an app that has moved stays with it", async () => {
  await applyProxy(proxyText());
  const pem = readFileSync(join(import.meta.dirname, "../proxy/data/a.pem"));
  const certificate = { kind: "certificate", name: "app-shop" } as const;
  const text = appText("shop").replace("\n", '\n{"backendTls":{"clientCertificate":true,"verify":"none"}}\n');
  assert.deepEqual(await changeDocument(host, certificate, pem), OK);
  assert.deepEqual(await applyApp("shop", text), OK);
  assert.deepEqual(await applyGroup(renderGroup("shops", new Map([["shop", text]]))), OK);
  assert.deepEqual(await changeDocument(host, certificate, undefined), OK);
  assert.ok(existsSync(fileOf("tls/app-shop.pem")));
  await applyGroup(groupText("shop"));
  assert.deepEqual(await changeDocument(host, certificate, undefined), OK);
  assert.ok(!existsSync(fileOf("tls/app-shop.pem")));
});

test("a proxy that is taken away is stopped", async () => {
  await applyProxy(proxyText());
  assert.deepEqual(await changeDocument(host, { kind: "proxy" }, undefined), OK);
  assert.equal(host.daemons.isRunning("proxy"), false);
  assert.equal(existsSync(fileOf("proxy.jsonl")), false);
});

test("taking away what is not there is done", async () => {
  assert.deepEqual(await changeDocument(host, { kind: "app", name: "app1" }, undefined), OK);
  assert.deepEqual(await changeDocument(host, { kind: "proxy" }, undefined), OK);
});

test("an app without a proxy is refused", async () => {
  const outcome = await applyApp("app1", appText("app1"));
  assert.deepEqual(outcome, { ok: false, reasons: ["proxy.jsonl is not there: apply the proxy first"] });
});

test("the stats password is stored hashed, and the same one again is no change", async () => {
  const ref = { kind: "secret", name: "stats-password" } as const;
  const first = await contentOf(host.places, ref, "s3cret\n");
  assert.ok(first.ok);
  assert.match(first.bytes.toString(), /^\$scrypt\$ln=15,r=8,p=1\$/);
  assert.deepEqual(await changeDocument(host, ref, first.bytes), OK);
  const again = await contentOf(host.places, ref, "s3cret");
  const other = await contentOf(host.places, ref, "another");
  assert.ok(again.ok && other.ok);
  assert.equal(again.bytes.toString(), first.bytes.toString());
  assert.notEqual(other.bytes.toString(), first.bytes.toString());
});

test("a certificate without its key is refused, and nothing of it is quoted", async () => {
  const pem = readFileSync(join(import.meta.dirname, "../components/data/example.com.pem"), "utf8");
  const content = await contentOf(host.places, { kind: "certificate", name: "main" }, pem);
  assert.ok(!content.ok);
  assert.match(content.reasons.join(""), /^tls\/main\.pem: want a certificate chain and its private key in PEM/);
  assert.doesNotMatch(content.reasons.join(""), /BEGIN/);
});
