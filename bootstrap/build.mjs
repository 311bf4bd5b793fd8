import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "./command.mjs";
import { bunPath, repoDir, VERSIONS } from "./places.mjs";
import { ownNode } from "./runtimes.mjs";

const DIST = join(repoDir, "dist");
/** Written last: hash of the sources that dist/ was built from. */
const STAMP = join(DIST, ".built-from");
const SOURCE_DIRS = ["config", "components", "provider", "proxy", "vrrp", "daemon", "cli"];
const SOURCE_FILES = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"];

/**
 * The package as it is published, and the release that a pair copies to its hosts.
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
    await removeOld();
    await runOrThrow([ownNode(), "node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { cwd: repoDir });
    await runOrThrow([ownNode(), "cli/build-release.ts", "--runtime", bunPath], { cwd: repoDir });
    await mkdir(DIST, { recursive: true });
    await writeFile(STAMP, hash);
    return "the package and the release for the hosts, into dist/";
  },
};

/** A source that is gone must not live on in the package. The release is one file, which its builder replaces itself. */
async function removeOld() {
  const names = existsSync(DIST) ? await readdir(DIST) : [];
  for (const name of names.filter((each) => each !== "release")) {
    await rm(join(DIST, name), { recursive: true, force: true });
  }
}

async function hashSources() {
  const hash = createHash("sha256").update(JSON.stringify(VERSIONS));
  const below = await Promise.all(SOURCE_DIRS.map(listFiles));
  for (const path of [...SOURCE_FILES, ...below.flat()].sort()) {
    hash.update(`${path}\0`).update(await readFile(join(repoDir, path)));
  }
  return hash.digest("hex");
}

/**
 * @param {string} dir
 * @returns {Promise<string[]>}
 */
async function listFiles(dir) {
  const entries = await readdir(join(repoDir, dir), { withFileTypes: true });
  const lists = entries.map((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
  return (await Promise.all(lists)).flat();
}
