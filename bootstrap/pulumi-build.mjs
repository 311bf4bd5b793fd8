import { join } from "node:path";
import { goBuild, whyNoGo } from "./go.mjs";
import { repoDir, VERSIONS } from "./places.mjs";
import { Refusal } from "./refusal.mjs";

/** Unstamped, the Automation API refuses the CLI as too old. */
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** Refuses a machine that cannot build the CLI. */
export async function requireGo() {
  const reason = await whyNoGo();
  if (reason === undefined) return;
  throw new Refusal(
    `Pulumi's own downloads do not answer, and building its CLI ${reason}: ` +
      `install Go, or put a pulumi ${VERSIONS.pulumi} on PATH`,
  );
}

/**
 * Builds the CLI into `dir` from the modules that bootstrap/pulumi-cli pins.
 *
 * @param {string} dir
 * @param {import("./report.mjs").Report} report
 */
export async function buildPulumi(dir, report) {
  const program = {
    directory: join(repoDir, "bootstrap", "pulumi-cli"),
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    output: join(dir, "pulumi"),
    stamp: `-X ${VERSION_VARIABLE}=v${VERSIONS.pulumi}`,
    packages: 1685,
  };
  await goBuild(program, report);
}
