import { existsSync } from "node:fs";
import { run, runOrThrow } from "./command.mjs";
import { isAtLeast } from "./version.mjs";

const GO_OLDEST = "1.26";
/** Where Go's own archive unpacks to; often not on root's PATH. */
const GO_USUAL_DIR = "/usr/local/go/bin";

/**
 * Exactly what a go.mod and go.sum pin, with the Go that is here.
 *
 * @param {NodeJS.ProcessEnv} [base]
 */
export function goEnvironment(base = process.env) {
  const PATH = existsSync(GO_USUAL_DIR) ? `${base["PATH"]}:${GO_USUAL_DIR}` : base["PATH"];
  return { ...base, PATH, GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly", CGO_ENABLED: "0" };
}

/**
 * Words of `go build`, the same for everything, because other flags would compile every package again.
 *
 * @param {string} output
 * @param {string} [stamp] What the linker sets: `-X variable=value`.
 */
export function goBuildArguments(output, stamp = "") {
  const ldflags = `-s -w ${stamp}`.trim();
  return ["build", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", ldflags, "-o", output];
}

/** Why this machine can't build Go programs, as the end of a sentence; undefined: it can. */
export async function whyNoGo() {
  const { status, stdout } = await run(["go", "env", "GOVERSION"], { env: goEnvironment() });
  const version = stdout.trim().replace(/^go/, "");
  if (status === 0 && isAtLeast(version, GO_OLDEST)) return undefined;
  const got = status === 0 ? `this machine has Go ${version}` : "this machine has none";
  return `needs Go ${GO_OLDEST} or newer, but ${got}`;
}

/**
 * Builds a program of a module that is pinned here, and tells how far it is.
 *
 * @param {{ directory: string, package: string, output: string, stamp?: string, packages: number }} program
 *   `packages`: how many `go build -v` names when nothing is cached.
 * @param {import("./report.mjs").Report} report
 */
export async function goBuild(program, report) {
  let built = 0;
  const [build = "", ...flags] = goBuildArguments(program.output, program.stamp);
  await runOrThrow(["go", build, "-v", ...flags, program.package], {
    cwd: program.directory,
    env: goEnvironment(),
    onLine: (line) => {
      if (line.startsWith("go: downloading")) return report.progress(0, line.replace("go: ", ""));
      built += 1;
      report.progress(Math.min(built / program.packages, 1), `${built} of ${program.packages} packages`);
    },
  });
}
