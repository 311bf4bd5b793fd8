import { deepStrictEqual } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { programDependencies, requiredPlugins } from "../../lab/offline/nodejs/packages.ts";

// root/
//   node_modules/  @pulumi/command 1.2.1, plain 1.0.0, lbpair → ..
//   examples/one/  its own tls 5.5.1, which brings a nested command 1.0.0

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), "lbpair-packages-"));
  const put = (folder: string, manifest: object) => {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, "package.json"), JSON.stringify(manifest));
  };
  put(".", { name: "lbpair", version: "0.1.0" });
  put("node_modules/@pulumi/command", plugin("@pulumi/command", "1.2.1", { name: "command", version: "1.2.1" }));
  put("node_modules/plain", { name: "plain", version: "1.0.0" });
  symlinkSync("..", join(root, "node_modules/lbpair"));
  symlinkSync("nowhere", join(root, "node_modules/broken"));
  put("examples/one", {
    name: "one",
    dependencies: { "@pulumi/tls": "^5", plain: "1" },
    devDependencies: { missing: "2" },
  });
  put("examples/one/node_modules/@pulumi/tls", plugin("@pulumi/tls", "v5.5.1", { server: "https://example.com" }));
  put("examples/one/node_modules/@pulumi/tls/node_modules/@pulumi/command", plugin("@pulumi/command", "1.0.0", {}));
});
after(() => rmSync(root, { recursive: true }));

function plugin(name: string, version: string, more: object): object {
  return { name, version, pulumi: { resource: true, ...more } };
}

function required(name: string, version: string, server = "") {
  return { name, version, server, parameterization: undefined };
}

test("plugins are required by every package in reach, each version once, through links and cycles", async () => {
  const found = await requiredPlugins(join(root, "examples/one"));
  deepStrictEqual(found, [
    required("tls", "v5.5.1", "https://example.com"),
    required("command", "v1.0.0"),
    required("command", "v1.2.1"),
  ]);
  deepStrictEqual(await requiredPlugins(root), [required("command", "v1.2.1")]);
});

test("a program's dependencies are told with the versions that are installed", async () => {
  deepStrictEqual(await programDependencies(join(root, "examples/one"), "direct"), [
    { name: "@pulumi/tls", version: "v5.5.1" },
    { name: "missing", version: "2" },
    { name: "plain", version: "1.0.0" },
  ]);
  const all = await programDependencies(join(root, "examples/one"), "transitive");
  deepStrictEqual(
    all.map(({ name, version }) => `${name} ${version}`),
    ["@pulumi/command 1.0.0", "@pulumi/tls v5.5.1", "lbpair 0.1.0", "plain 1.0.0"],
  );
});
