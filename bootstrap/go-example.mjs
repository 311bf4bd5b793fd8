import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goBuild, whyNoGo } from "./go.mjs";
import { repoDir, sdkDir, toolchainDir } from "./places.mjs";

const EXAMPLE = join(repoDir, "examples", "minimal-go");
/** Written last: hash of what was fetched. */
const STAMP = join(toolchainDir, "go-example");

/**
 * The modules of the example in Go, fetched and compiled: its test runs in the lab's network, from which nothing can be fetched.
 *
 * @type {import("./steps.mjs").Step}
 */
export const goExampleStep = {
  name: "modules of the example in Go",
  find: async () => {
    const made = existsSync(STAMP) ? await readFile(STAMP, "utf8") : "";
    if (made === (await hashOfModules())) return "Go modules";
    const reason = await whyNoGo();
    return reason === undefined ? undefined : `no Go modules (the example in Go ${reason})`;
  },
  make: async (report) => {
    const directory = await mkdtemp(join(tmpdir(), "lbpair-go-example-"));
    try {
      await cp(EXAMPLE, directory, { recursive: true });
      await mkdir(join(directory, "sdks"));
      await symlink(join(sdkDir, "go"), join(directory, "sdks", "lbpair"));
      // Most of what it is made of, the CLI is made of too.
      const program = { directory, package: ".", output: join(directory, "program"), packages: 150 };
      await goBuild(program, report);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    await writeFile(STAMP, await hashOfModules());
    return "as its go.sum pins them";
  },
};

async function hashOfModules() {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(await readFile(join(EXAMPLE, file)));
  return hash.digest("hex");
}
