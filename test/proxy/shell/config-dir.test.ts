import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hashPassword } from "../../../daemon/password.ts";
import { type KnownApps, loadConfiguration } from "../../../proxy/shell/config-dir.ts";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";

const pem = readFileSync(new URL("../data/a.pem", import.meta.url), "utf8");
const otherPem = readFileSync(new URL("../data/b.pem", import.meta.url), "utf8");

const GOOD = {
  "proxy.jsonl": lines(
    { proxy: "lb1" },
    { stats: { user: "admin" } },
    { listener: "http", kind: "redirect", port: 80 },
    { listener: "https", kind: "https", port: 443 },
    { certificate: "default", hostnames: ["a.example"] },
  ),
  "apps.d/app1.jsonl": lines({ app: "app1", path: "/app1/" }, { backend: "web1", address: "192.0.2.21:80" }),
  "tls/default.pem": pem,
  "secrets/stats-password": await hashPassword("secret"),
};

function problemsOf(changes: Readonly<Record<string, string | undefined>>): readonly string[] {
  const files = Object.entries({ ...GOOD, ...changes }).filter(([, text]) => text !== undefined);
  const directory = new ConfigDirectory(Object.fromEntries(files) as Record<string, string>);
  const loaded = loadConfiguration(directory.path);
  directory.remove();
  return loaded.ok ? [] : loaded.problems;
}

test("a good directory is read, with the hash of every file", () => {
  const directory = new ConfigDirectory({ ...GOOD, "apps.d/.app2.jsonl.new": "half a file", "secrets/x": "abc" });
  const loaded = loadConfiguration(directory.path);
  directory.remove();
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const { hashes, apps, certificates } = loaded.configuration;
  assert.deepEqual(Object.keys(hashes), [
    "proxy.jsonl",
    "apps.d/app1.jsonl",
    "tls/default.pem",
    "secrets/stats-password",
    "secrets/x",
  ]);
  assert.equal(hashes["secrets/x"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.deepEqual([apps[0]?.app, certificates[0]?.name], ["app1", "default"]);
});

test("an app that shows a certificate to its backends has it from a file of its own", () => {
  const app = lines(
    { app: "app1", path: "/app1/" },
    { backendTls: { clientCertificate: true } },
    { backend: "web1", address: "192.0.2.21:80" },
  );
  assert.deepEqual(problemsOf({ "apps.d/app1.jsonl": app }), [
    "apps.d/app1.jsonl: backendTls.clientCertificate: got no file tls/app-app1.pem, want its chain and key there",
  ]);
  const directory = new ConfigDirectory({ ...GOOD, "apps.d/app1.jsonl": app, "tls/app-app1.pem": otherPem });
  const known: KnownApps = new Map();
  const pemNow = () => {
    const loaded = loadConfiguration(directory.path, known);
    return loaded.ok ? loaded.configuration.apps[0]?.clientPem : loaded.problems;
  };
  assert.equal(pemNow(), otherPem);
  directory.write("tls/app-app1.pem", pem);
  assert.equal(pemNow(), pem);
  directory.remove();
});

test("a change of one file is judged as if it were done, with nothing done", () => {
  const directory = new ConfigDirectory(GOOD);
  const path = "apps.d/app2.jsonl";
  const backend = { backend: "web1", address: "192.0.2.21:80" };
  const judge = (text: string | null, of = path) => {
    const loaded = loadConfiguration(directory.path, new Map(), [{ path: of, text }]);
    return loaded.ok ? Object.keys(loaded.configuration.hashes) : loaded.problems;
  };
  assert.match(judge(lines({ app: "app2", path: "/app1/" }, backend)).join(), /a path that app "app\d" does not have/);
  assert.ok(judge(lines({ app: "app2", path: "/app2/" }, backend)).includes(path));
  assert.ok(!judge(null, "apps.d/app1.jsonl").includes("apps.d/app1.jsonl"));
  assert.match(judge(null, "proxy.jsonl").join(), /^proxy\.jsonl: got nothing/);
  const now = loadConfiguration(directory.path);
  directory.remove();
  assert.deepEqual(now.ok && now.configuration.apps.map(({ app }) => app), ["app1"]);
});

test("an app whose file is as it was is not parsed again, and one that changed or went is", () => {
  const files = { ...GOOD, "apps.d/app2.jsonl": GOOD["apps.d/app1.jsonl"].replaceAll("app1", "app2") };
  const directory = new ConfigDirectory(files);
  const known: KnownApps = new Map();
  const read = (change?: { path: string; text: string | null }) => {
    const loaded = loadConfiguration(directory.path, known, change === undefined ? [] : [change]);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    return loaded.configuration.apps;
  };
  const first = read();
  const text = files["apps.d/app2.jsonl"].replace("192.0.2.21", "192.0.2.22");
  const second = read({ path: "apps.d/app2.jsonl", text });
  assert.equal(second[0], first[0]);
  assert.equal(second[1]?.backends["web1"]?.address, "192.0.2.22:80");
  assert.deepEqual(
    read({ path: "apps.d/app1.jsonl", text: null }).map(({ app }) => app),
    ["app2"],
  );
  assert.deepEqual(read(), first);
  directory.remove();
});

const SHOPS = lines(
  { apps: "shops" },
  { app: "blog", path: "/blog/" },
  { app: "blog", backend: "web1", address: "192.0.2.21:80" },
  { app: "shop", path: "/shop/" },
  { app: "shop", backendTls: { clientCertificate: true } },
  { app: "shop", backend: "web1", address: "192.0.2.22:443" },
);

test("a file may hold many apps, of which only what has changed is parsed again", () => {
  const directory = new ConfigDirectory({ ...GOOD, "apps.d/shops.apps.jsonl": SHOPS, "tls/app-shop.pem": otherPem });
  const known: KnownApps = new Map();
  const read = () => {
    const loaded = loadConfiguration(directory.path, known);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    return new Map(loaded.configuration.apps.map((app) => [app.app, app]));
  };
  const first = read();
  assert.deepEqual([...first.keys()], ["app1", "blog", "shop"]);
  assert.equal(first.get("shop")?.backends["web1"]?.address, "192.0.2.22:443");
  assert.equal(first.get("shop")?.clientPem, otherPem);
  directory.write("apps.d/shops.apps.jsonl", SHOPS.replace("192.0.2.22", "192.0.2.23"));
  const second = read();
  assert.equal(second.get("blog"), first.get("blog"));
  assert.equal(second.get("shop")?.backends["web1"]?.address, "192.0.2.23:443");
  directory.write("apps.d/shops.apps.jsonl", lines({ apps: "shops" }));
  assert.deepEqual([...read().keys()], ["app1"]);
  directory.remove();
});

const rows: readonly (readonly [string, Readonly<Record<string, string | undefined>>, readonly RegExp[]])[] = [
  ["no proxy.jsonl", { "proxy.jsonl": undefined }, [/^proxy\.jsonl: got nothing, want the proxy's document$/]],
  [
    "a bad field of an app",
    { "apps.d/app1.jsonl": lines({ app: "app1", path: "/app1/" }, { backend: "web1", address: "192.0.2.21" }) },
    [/^apps\.d\/app1\.jsonl: backends\.web1\.address: got "192\.0\.2\.21", want host:port, like /],
  ],
  [
    "a field that there is not, in two files",
    {
      "apps.d/app1.jsonl": lines({ app: "app1", path: "/app1/", x: 1 }, { backend: "web1", address: "192.0.2.21:80" }),
      "proxy.jsonl": lines({ proxy: "lb1", y: 2 }, { listener: "http", kind: "redirect", port: 80 }),
    },
    [/^proxy\.jsonl: y: got 2, want no such field$/, /^apps\.d\/app1\.jsonl: x: got 1, want no such field$/],
  ],
  [
    "a file with another name than its app",
    { "apps.d/app2.jsonl": lines({ app: "shop", path: "/shop/" }, { backend: "web1", address: "192.0.2.21:80" }) },
    [/^apps\.d\/app2\.jsonl: app: got "shop", want the name that the file has$/],
  ],
  [
    "two apps with one path",
    { "apps.d/app2.jsonl": lines({ app: "app2", path: "/app1/" }, { backend: "web1", address: "192.0.2.21:80" }) },
    [/^apps\.d\/app2\.jsonl: path: got "\/app1\/", want a path that app "app1" does not have$/],
  ],
  [
    "a bad field of an app among many",
    { "apps.d/shops.apps.jsonl": SHOPS.replace("192.0.2.21:80", "192.0.2.21") },
    [
      /^apps\.d\/shops\.apps\.jsonl: apps\.blog\.backends\.web1\.address: got "192\.0\.2\.21", want host:port, like /,
      /^apps\.d\/shops\.apps\.jsonl: apps\.shop\.backendTls\.clientCertificate: got no file tls\/app-shop\.pem, want /,
    ],
  ],
  [
    "an app of many with another's path",
    { "apps.d/shops.apps.jsonl": SHOPS.replace("/blog/", "/app1/"), "tls/app-shop.pem": otherPem },
    [/^apps\.d\/shops\.apps\.jsonl: apps\.blog\.path: got "\/app1\/", want a path that app "app1" does not have$/],
  ],
  [
    "one app in two files",
    {
      "apps.d/blog.jsonl": lines({ app: "blog", path: "/blog2/" }, { backend: "web1", address: "192.0.2.21:80" }),
      "apps.d/shops.apps.jsonl": SHOPS,
      "tls/app-shop.pem": otherPem,
    },
    [/^apps\.d\/shops\.apps\.jsonl: apps\.blog\.app: got "blog", want a name that no app of apps\.d\/blog\.jsonl has$/],
  ],
  [
    "a group with another name than its file",
    { "apps.d/shops.apps.jsonl": lines({ apps: "others" }) },
    [/^apps\.d\/shops\.apps\.jsonl: line 1: got \{"apps":"others"\}, want \{"apps":"shops"\}$/],
  ],
  [
    "a missing certificate",
    { "tls/default.pem": undefined },
    [/^proxy\.jsonl: certificates\.default: got no file tls\/default\.pem, want /],
  ],
  [
    "a certificate that is none",
    { "tls/default.pem": "x" },
    [/^tls\/default\.pem: got what OpenSSL can't read .*, want a certificate chain and its key in PEM$/],
  ],
  [
    "a key of another certificate",
    {
      "tls/default.pem":
        pem.slice(0, pem.indexOf("-----BEGIN PRIVATE")) + otherPem.slice(otherPem.indexOf("-----BEGIN PRIVATE")),
    },
    [/^tls\/default\.pem: got a key that belongs to another certificate, want /],
  ],
  [
    "no password for the stats page",
    { "secrets/stats-password": undefined },
    [/^proxy\.jsonl: stats: got no file secrets\/stats-password, want /],
  ],
  [
    "a password in clear",
    { "secrets/stats-password": "geheim" },
    [/^proxy\.jsonl: stats: got something else in secrets\/stats-password, want /],
  ],
  [
    "two listeners on one port",
    {
      "proxy.jsonl": lines(
        { proxy: "lb1" },
        { listener: "a", kind: "http", port: 80 },
        { listener: "b", kind: "http", port: 80 },
      ),
    },
    [/^proxy\.jsonl: listeners\.b\.port: got 80, want a port that listeners\.a\.port does not have$/],
  ],
];

for (const [name, changes, expected] of rows) {
  test(`${name} is a problem that names file, field, value and want`, () => {
    const problems = problemsOf(changes);
    assert.equal(problems.length, expected.length, problems.join("\n"));
    for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? "", pattern);
    assert.doesNotMatch(problems.join("\n"), /geheim|PRIVATE KEY/);
  });
}
