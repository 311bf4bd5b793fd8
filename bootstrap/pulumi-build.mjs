import { existsSync } from "node:fs";
import { join } from "node:path";
import { run, runOrThrow } from "./command.mjs";
import { repoDir, VERSIONS } from "./places.mjs";
import { Refusal } from "./refusal.mjs";
import { isAtLeast } from "./version.mjs";

const GO_OLDEST = "1.26";
/** Where Go's own archive unpacks to; often not on root's PATH. */
const GO_USUAL_DIR = "/usr/local/go/bin";
/** What `go build -v` prints for the CLI, a package a line, when nothing is cached. */
const GO_PACKAGES = 1685;
const CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
/** Unstamped, the Automation API refuses the CLI as too old. */
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

const ENV = {
  ...process.env,
  PATH: existsSync(GO_USUAL_DIR) ? `${process.env.PATH}:${GO_USUAL_DIR}` : process.env.PATH,
  // Exactly what go.mod and go.sum pin, with the Go that is here.
  GOTOOLCHAIN: "local",
  GOFLAGS: "-mod=readonly",
  CGO_ENABLED: "0",
};

/** Refuses a machine that cannot build the CLI. */
export async function requireGo() {
  const { status, stdout } = await run(["go", "env", "GOVERSION"], { env: ENV });
  const version = stdout.trim().replace(/^go/, "");
  if (status === 0 && isAtLeast(version, GO_OLDEST)) return;
  const got = status === 0 ? `this machine has Go ${version}` : "this machine has none";
  throw new Refusal(
    `Pulumi's own downloads do not answer, and building its CLI needs Go ${GO_OLDEST} or newer, but ${got}: ` +
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
  let built = 0;
  const ldflags = `-s -w -X ${VERSION_VARIABLE}=v${VERSIONS.pulumi}`;
  const words = ["go", "build", "-v", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", ldflags];
  await runOrThrow([...words, "-o", join(dir, "pulumi"), CLI_PACKAGE], {
    cwd: join(repoDir, "bootstrap", "pulumi-cli"),
    env: ENV,
    onLine: (line) => {
      if (line.startsWith("go: downloading")) return report.progress(0, line.replace("go: ", ""));
      built += 1;
      report.progress(Math.min(built / GO_PACKAGES, 1), `${built} of ${GO_PACKAGES} packages`);
    },
  });
}
