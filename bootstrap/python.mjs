import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, runOrThrow } from "./command.mjs";
import { installDebian } from "./debian.mjs";
import { pythonDir, repoDir } from "./places.mjs";

/** Every package, with the digests of its files. Made from requirements.in by pip-compile. */
const REQUIREMENTS = join(repoDir, "bootstrap", "python", "requirements.txt");
/** Written last: hash of what was installed. */
const STAMP = join(pythonDir, ".made-from");

/**
 * A Python with Pulumi's SDK, apart from the machine's own.
 *
 * @type {import("./steps.mjs").Step}
 */
export const pythonStep = {
  name: "Python packages",
  find: async () => {
    const made = existsSync(STAMP) ? await readFile(STAMP, "utf8") : "";
    return made === (await hashOfRequirements()) ? "Python packages" : undefined;
  },
  make: async () => {
    await rm(pythonDir, { recursive: true, force: true });
    const { status } = await run(["python3", "-m", "venv", pythonDir]);
    if (status !== 0) {
      await installDebian(["python3-venv"]);
      await runOrThrow(["/usr/bin/python3", "-m", "venv", "--clear", pythonDir]);
    }
    const pip = [join(pythonDir, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check"];
    await runOrThrow([...pip, "--require-hashes", "--requirement", REQUIREMENTS]);
    await writeFile(STAMP, await hashOfRequirements());
    return "from PyPI, as bootstrap/python/requirements.txt pins them";
  },
};

async function hashOfRequirements() {
  return createHash("sha256")
    .update(await readFile(REQUIREMENTS))
    .digest("hex");
}
