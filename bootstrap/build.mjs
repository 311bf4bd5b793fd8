import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { runOrThrow } from "./command.mjs";
import { bunPathFor, repoDir, VERSIONS } from "./places.mjs";
import { ownNode } from "./runtimes.mjs";

const DIST = join(repoDir, "dist");
/** Written last: hash of the sources that dist/ was built from. */
const STAMP = join(DIST, ".built-from");
/** Where the compiler writes: programs that run from dist/ meanwhile find every file of theirs. */
const ASIDE = join(DIST, ".new");
/** Files in dist/ that are not the compiler's. */
const NOT_COMPILED = ["release", ".new", ".built-from"];
/** What hosts may be. */
const ARCHITECTURES = ["x64", "arm64"];
const SOURCE_DIRS = ["config", "components", "provider", "proxy", "vrrp", "daemon", "cli"];
const SOURCE_FILES = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"];

/**
 * The package as it is published, and the releases that a pair copies to its hosts.
 *
 * @type {import("./steps.mjs").Step}
 */
export const buildStep = {
  name: "build",
  find: async () => {
    const built = existsSync(STAMP) ? await readFile(STAMP, "utf8") : "";
    return built === (await hashSources()) ? "build" : undefined;
  },
  make: async () => {
    const hash = await hashSources();
    await rm(ASIDE, { recursive: true, force: true });
    const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", ASIDE];
    await runOrThrow([ownNode(), ...tsc], { cwd: repoDir });
    for (const architecture of ARCHITECTURES) {
      const options = ["--architecture", architecture, "--runtime", bunPathFor(architecture)];
      await runOrThrow([ownNode(), "cli/build-release.ts", ...options], { cwd: repoDir });
    }
    await takeOver();
    await writeFile(STAMP, hash);
    return "the package and the releases for the hosts, into dist/";
  },
};

/** File by file, each in one step. A source that is gone must not live on in the package. */
async function takeOver() {
  const built = await listBelow(ASIDE);
  for (const path of built) {
    const target = join(DIST, relative(ASIDE, path));
    await mkdir(dirname(target), { recursive: true });
    await rename(path, target);
  }
  const wanted = new Set(built.map((path) => join(DIST, relative(ASIDE, path))));
  for (const name of (await readdir(DIST)).filter((each) => !NOT_COMPILED.includes(each))) {
    for (const path of await listBelow(join(DIST, name))) if (!wanted.has(path)) await rm(path);
  }
  await rm(ASIDE, { recursive: true, force: true });
}

async function hashSources() {
  const hash = createHash("sha256").update(JSON.stringify(VERSIONS));
  const below = await Promise.all(SOURCE_DIRS.map((dir) => listBelow(join(repoDir, dir))));
  for (const path of [...SOURCE_FILES.map((file) => join(repoDir, file)), ...below.flat()].sort()) {
    hash.update(`${relative(repoDir, path)}\0`).update(await readFile(path));
  }
  return hash.digest("hex");
}

/**
 * @param {string} path
 * @returns {Promise<string[]>} every file at or below it
 */
async function listBelow(path) {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [path];
  return (await Promise.all(entries.map((entry) => listBelow(join(path, entry.name))))).flat();
}
