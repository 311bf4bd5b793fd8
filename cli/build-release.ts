import { dirname, join } from "node:path";
import { Command, Option } from "commander";
import { type Architecture, packageVersion, type Runtime, releaseContent } from "./packing/content.ts";
import { writeRelease } from "./packing/release-folder.ts";

// Builds what the components copy to the hosts: dist/release/linux-<architecture>/.

type Options = { runtime: string; kind: Runtime["kind"]; architecture: Architecture; out: string };

const sources = dirname(import.meta.dirname);
const { runtime, kind, architecture, out } = new Command("build-release")
  .requiredOption("--runtime <path>", "executable of the runtime that the daemons run on")
  .addOption(new Option("--kind <kind>", "which runtime that is").choices(["bun", "node"]).default("bun"))
  .addOption(new Option("--architecture <name>", "of the hosts").choices(["x64", "arm64"]).default("x64"))
  .option("--out <directory>", "where the release goes", join(sources, "dist", "release"))
  .parse()
  .opts<Options>();

const started = performance.now();
const files = await releaseContent(sources, { kind, path: runtime }, architecture);
const { folder, bytes } = await writeRelease(out, files, { version: packageVersion(sources), architecture });
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(bytes === 0 ? `${folder}: up to date` : `${folder}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds} s`);
