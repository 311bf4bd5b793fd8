import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { goBuild, whyNoGo } from "./go.mjs";
import { cliDir, repoDir, VERSIONS } from "./places.mjs";

const NAME = "pulumi-language-yaml";
const VERSION_VARIABLE = "github.com/pulumi/pulumi-yaml/pkg/version.Version";

/**
 * Pulumi's own YAML host: an official CLI brings it along, for one that we built it is built too.
 *
 * @type {import("./steps.mjs").Step}
 */
export const yamlHostStep = {
  name: `Pulumi YAML ${VERSIONS.pulumiYaml}`,
  find: async () => {
    const dirs = [...(process.env.PATH ?? "").split(delimiter), cliDir];
    if (dirs.some((dir) => existsSync(join(dir, NAME)))) return "Pulumi YAML";
    const reason = await whyNoGo();
    return reason === undefined ? undefined : `no Pulumi YAML (building it ${reason})`;
  },
  make: async (report) => {
    const building = join(cliDir, `${NAME}.building`);
    await rm(building, { force: true });
    await mkdir(cliDir, { recursive: true });
    const program = {
      directory: join(repoDir, "bootstrap", "pulumi-yaml"),
      package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
      output: building,
      stamp: `-X ${VERSION_VARIABLE}=v${VERSIONS.pulumiYaml}`,
      // Most of what it is made of, the CLI is made of too.
      packages: 360,
    };
    await goBuild(program, report);
    await rename(building, join(cliDir, NAME));
    return "the language host, built from Go modules";
  },
};
