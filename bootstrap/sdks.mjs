import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "./command.mjs";
import { goBuild, whyNoGo } from "./go.mjs";
import { repoDir, sdkDir, toolchainDir } from "./places.mjs";

const MODULE = join(repoDir, "bootstrap", "pulumi-cli");
const SCHEMA = join(repoDir, "schema.json");
const LANGUAGES = ["python", "go", "nodejs"];
/** Written last: hash of what the SDKs were made from. */
const STAMP = join(sdkDir, ".made-from");

/**
 * The package's SDKs, as `pulumi package gen-sdk` makes them where Pulumi's language hosts can be had.
 *
 * @type {import("./steps.mjs").Step}
 */
export const sdksStep = {
  name: "SDKs",
  find: async () => {
    const made = existsSync(STAMP) ? await readFile(STAMP, "utf8") : "";
    if (made === (await hashOf([SCHEMA, ...GENERATOR]))) return `SDKs (${LANGUAGES.join(", ")})`;
    const reason = await whyNoGo();
    return reason === undefined ? undefined : `no SDKs (their generator ${reason})`;
  },
  make: async (report) => {
    const generator = join(toolchainDir, `generate-sdks-${(await hashOf(GENERATOR)).slice(0, 12)}`);
    if (!existsSync(generator)) await buildGenerator(generator, report);
    await rm(STAMP, { force: true });
    await runOrThrow([generator, SCHEMA, sdkDir, ...LANGUAGES]);
    await writeFile(STAMP, await hashOf([SCHEMA, ...GENERATOR]));
    return `for ${LANGUAGES.join(", ")}, into sdk/`;
  },
};

const GENERATOR = ["generate-sdks/main.go", "go.mod", "go.sum"].map((file) => join(MODULE, file));

/**
 * @param {string} output
 * @param {import("./report.mjs").Report} report
 */
async function buildGenerator(output, report) {
  const building = `${output}.building`;
  await mkdir(toolchainDir, { recursive: true });
  // Of a module that the CLI is built from: only the generators themselves are left to compile then.
  await goBuild({ directory: MODULE, package: "./generate-sdks", output: building, packages: 797 }, report);
  await rename(building, output);
}

/** @param {readonly string[]} files */
async function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex");
}
