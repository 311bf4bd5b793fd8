import { readFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { ComponentProvider } from "./component-provider.ts";

// The package as a plugin: what the engine starts for programs in Python, Go, YAML, … (PulumiPlugin.yaml). It is
// package.json's `main`, which only such a start reads; `import "pulumi-lbpair"` gets index.ts by `exports`.

if (isStartedAsPlugin()) void pulumi.provider.main(new ComponentProvider(...describePackage()), argv.slice(2));
else
  throw new Error(
    "pulumi-lbpair: this file is the package's plugin, to be started by Pulumi: import the package by its name",
  );

/** By the engine's own starter, or directly. Anywhere else a server that never ends would hang the program. */
function isStartedAsPlugin(): boolean {
  const program = argv[1] ?? "";
  return (
    /\/@pulumi\/pulumi\/cmd\/run-plugin(?:\/index\.js)?$/.test(program) || program === fileURLToPath(import.meta.url)
  );
}

/** Version and schema, from the package's root: above `provider` in the sources, above `dist/provider` in the package. */
function describePackage(): [version: string, schema: string] {
  const above = join(import.meta.dirname, "..");
  const root = above.endsWith("/dist") ? join(above, "..") : above;
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return [version, readFileSync(join(root, "schema.json"), "utf8")];
}
