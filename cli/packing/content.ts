import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundlePrograms, PROGRAMS } from "./bundle.ts";

/** One file of a release. */
export type ReleaseFile = { readonly path: string; readonly mode: number; readonly bytes: Uint8Array };

export type Runtime = { readonly kind: "bun" | "node"; readonly path: string };

export type Architecture = "x64" | "arm64";

/** Everything that a release consists of, in the order of the archive: the installer, the rest by name, the runtime. */
export async function releaseContent(
  sources: string,
  runtime: Runtime,
  architecture: Architecture,
): Promise<ReleaseFile[]> {
  const bundles = [...(await bundlePrograms(sources))].map(([name, bytes]) => file(`lib/${name}`, 0o644, bytes));
  const wrappers = Object.keys(PROGRAMS).map((name) => file(`bin/${name}`, 0o755, wrapper(name, runtime)));
  const files = [
    ...bundles,
    ...wrappers,
    ...unitFiles(join(sources, "cli", "units")),
    ...(runtime.kind === "node" ? [nativeAddon(sources, architecture)] : []),
    file("LICENSE", 0o644, readFileSync(join(sources, "LICENSE"))),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  // The installer is first, so that it is read without unpacking the rest; the runtime is last, in parts of its own.
  const installer = file("install", 0o644, readFileSync(join(import.meta.dirname, "install.sh")));
  const executable = file(`runtime/${runtime.kind}`, 0o755, readFileSync(runtime.path));
  const about = manifest(sources, runtime, architecture, [...files, executable]);
  return [installer, ...files, file("manifest.json", 0o644, about), executable];
}

/** Digest of everything that a release consists of. */
export function contentDigest(files: readonly ReleaseFile[]): string {
  return digestOf(Buffer.from(files.map(({ path, mode, bytes }) => `${path} ${mode} ${digestOf(bytes)}\n`).join("")));
}

export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What the release says of itself, and the digest of each of its files. */
function manifest(sources: string, runtime: Runtime, architecture: Architecture, files: ReleaseFile[]): string {
  const digests = files.map(({ path, bytes }) => [path, digestOf(bytes)]);
  const about = { version: packageVersion(sources), runtime: runtime.kind, architecture };
  return `${JSON.stringify({ ...about, files: Object.fromEntries(digests) }, null, 2)}\n`;
}

export function packageVersion(sources: string): string {
  return (JSON.parse(readFileSync(join(sources, "package.json"), "utf8")) as { version: string }).version;
}

/**
 * A program starts by its name, wherever it is linked from. The runtime is kept from looking around: no settings of
 * the directory it is started in, no packages from a registry, no cache in a home directory.
 */
function wrapper(program: string, { kind }: Runtime): string {
  const options = kind === "bun" ? " --no-env-file --no-install --config=/dev/null" : "";
  return [
    "#!/bin/sh",
    'release=$(dirname "$(dirname "$(readlink -f "$0")")")',
    ...(kind === "bun" ? ["export BUN_RUNTIME_TRANSPILER_CACHE_PATH=0 DO_NOT_TRACK=1"] : []),
    `exec "$release/runtime/${kind}"${options} "$release/lib/${program}.js" "$@"`,
    "",
  ].join("\n");
}

function unitFiles(directory: string): ReleaseFile[] {
  return readdirSync(directory).map((name) => file(`units/${name}`, 0o644, readFileSync(join(directory, name))));
}

/** The C library's door on Node (daemon/ffi); Bun has one of its own. */
function nativeAddon(sources: string, architecture: Architecture): ReleaseFile {
  const addon = `@koromix/koffi-linux-${architecture}/linux_${architecture}/koffi.node`;
  const bytes = readFileSync(join(sources, "node_modules", addon));
  return file(`lib/native/koffi-linux-${architecture}.node`, 0o644, bytes);
}

function file(path: string, mode: number, content: Uint8Array | string): ReleaseFile {
  return { path, mode, bytes: typeof content === "string" ? Buffer.from(content) : content };
}
