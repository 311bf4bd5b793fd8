import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, Option } from "commander";
import { archiveOf } from "./packing/archive.ts";
import { type Architecture, packageVersion, type Runtime, releaseContent } from "./packing/content.ts";

// Builds what the components copy to the hosts: dist/release/lbpair-linux-<arch>.tar.gz, and beside it a small JSON
// with its digest, so that a preview need not read it.

type Options = { runtime: string; kind: Runtime["kind"]; architecture: Architecture; out: string };

const sources = dirname(import.meta.dirname);
const { runtime, kind, architecture, out } = new Command("build-release")
  .requiredOption("--runtime <path>", "executable of the runtime that the daemons run on")
  .addOption(new Option("--kind <kind>", "which runtime that is").choices(["bun", "node"]).default("bun"))
  .addOption(new Option("--architecture <name>", "of the hosts").choices(["x64", "arm64"]).default("x64"))
  .option("--out <directory>", "where the archive goes", join(sources, "dist", "release"))
  .parse()
  .opts<Options>();

const started = performance.now();
const archive = join(out, `lbpair-linux-${architecture}.tar.gz`);
const files = await releaseContent(sources, { kind, path: runtime }, architecture);
const content = digest(files.at(-1)?.bytes ?? new Uint8Array());
if (isBuilt()) {
  console.log(`${archive}: up to date`);
} else {
  const bytes = await archiveOf(files);
  mkdirSync(out, { recursive: true });
  write(archive, bytes);
  const about = { version: packageVersion(sources), sha256: digest(bytes), content, bytes: bytes.length };
  write(`${archive}.json`, Buffer.from(`${JSON.stringify(about, null, 2)}\n`));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${archive}: ${(bytes.length / 1e6).toFixed(1)} MB in ${seconds} s, sha256 ${about.sha256}`);
}

/** Whether the archive that is there has the same content; its manifest's digest says so without unpacking it. */
function isBuilt(): boolean {
  if (!existsSync(archive) || !existsSync(`${archive}.json`)) return false;
  return (JSON.parse(readFileSync(`${archive}.json`, "utf8")) as { content?: string }).content === content;
}

function write(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
