import { existsSync } from "node:fs";
import { lstat, readFile, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "./command.mjs";
import { requireRegistry } from "./npm-package.mjs";
import { repoDir } from "./places.mjs";

const NODE_MODULES = join(repoDir, "node_modules");
/** A program says `import … from "pulumi-lbpair"`, and so do our examples. */
const SELF_LINK = join(NODE_MODULES, "pulumi-lbpair");

/** @type {import("./steps.mjs").Step} */
export const nodeModulesStep = {
  name: "npm packages",
  find: async () => {
    const [wanted, installed] = await Promise.all([
      readLock(join(repoDir, "package-lock.json")),
      readLock(join(NODE_MODULES, ".package-lock.json")),
    ]);
    if (!isInstalled(wanted, installed)) return undefined;
    await linkSelf();
    return "npm packages";
  },
  make: async () => {
    await requireRegistry();
    await runOrThrow(["npm", "ci", "--ignore-scripts", "--loglevel=error"], { cwd: repoDir });
    return "from npm, as package-lock.json pins them";
  },
};

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} LockedPackages */

/**
 * npm writes node_modules/.package-lock.json last, so it tells what is really there. Packages for other machines
 * (`optional`) may be missing.
 *
 * @param {LockedPackages} wanted
 * @param {LockedPackages} installed
 */
export function isInstalled(wanted, installed) {
  const isThere = Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const got = installed[path];
    return got === undefined ? optional === true : got.version === version && got.integrity === integrity;
  });
  return isThere && Object.keys(installed).every((path) => path in wanted);
}

/**
 * @param {string} path
 * @returns {Promise<LockedPackages>}
 */
async function readLock(path) {
  if (!existsSync(path)) return {};
  const { "": _root, ...packages } = JSON.parse(await readFile(path, "utf8")).packages;
  return packages;
}

async function linkSelf() {
  if (existsSync(SELF_LINK)) return;
  const isDangling = await lstat(SELF_LINK).then(
    () => true,
    () => false,
  );
  if (isDangling) await unlink(SELF_LINK);
  await symlink("..", SELF_LINK);
}
