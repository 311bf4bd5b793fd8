import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { run, runOrThrow } from "./command.mjs";
import { Refusal } from "./refusal.mjs";

/**
 * One package of the npm registry, pinned by its content.
 *
 * @typedef {{ name: string, version: string, integrity: string }} NpmPackage
 */

/**
 * Unpacks a package into `dir`, whole or not at all.
 *
 * @param {NpmPackage} wanted
 * @param {string} dir
 */
export async function unpackNpmPackage(wanted, dir) {
  await requireRegistry();
  const temporary = `${dir}.unpacking`;
  // What a killed run left.
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    const words = ["npm", "pack", "--silent", "--pack-destination", temporary, `${wanted.name}@${wanted.version}`];
    const archive = join(temporary, (await runOrThrow(words)).trim());
    await requireIntegrity(archive, wanted);
    await runOrThrow([
      "tar",
      "--extract",
      "--gzip",
      "--no-same-owner",
      `--file=${archive}`,
      `--directory=${temporary}`,
    ]);
    await rm(dir, { recursive: true, force: true });
    await rename(join(temporary, "package"), dir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A question of a second, so that a machine without a network hears so at once instead of after npm's patience. */
export async function requireRegistry() {
  const { status, stderr } = await run(["npm", "view", "zod", "version", "--fetch-retries=0", "--fetch-timeout=15000"]);
  if (status === 0) return;
  const reason = /code (\S+)/.exec(stderr)?.[1] ?? `exit ${status}`;
  throw new Refusal(
    `the npm registry does not answer (${reason}): the first run needs a network, or npm's registry setting to reach a mirror`,
  );
}

/**
 * @param {string} archive
 * @param {NpmPackage} wanted
 */
async function requireIntegrity(archive, { name, version, integrity }) {
  const got = `sha512-${createHash("sha512")
    .update(await readFile(archive))
    .digest("base64")}`;
  if (got !== integrity) throw new Error(`${name}@${version}: got ${got}, want ${integrity}`);
}
