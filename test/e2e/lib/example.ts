import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pythonDir, repoDir, sdkDir } from "../../../bootstrap/places.mjs";
import type { Lab } from "../../../lab/lab.ts";
import { configure, openStack, type PulumiStack } from "../../../lab/pulumi-stack.ts";

/** An example in one of the languages, as `pulumi install` would leave it, with a stack of the lab's hosts. */
export type Example = { readonly stack: PulumiStack; readonly close: () => void };

export type Language = "python" | "go" | "yaml";

/** A copy of examples/minimal-<language>, so that nothing is written into the example's folder. */
export async function openExample(lab: Lab, language: Language): Promise<Example> {
  const directory = mkdtempSync(join(tmpdir(), "lbpair-example-"));
  const programDir = join(directory, "program");
  cpSync(join(repoDir, "examples", `minimal-${language}`), programDir, { recursive: true });
  const projectPath = join(programDir, "Pulumi.yaml");
  writeFileSync(projectPath, readFileSync(projectPath, "utf8").replace("lbpair: ../..", `lbpair: ${repoDir}`));
  install(language, programDir);
  const stateDir = join(directory, "state");
  const stack = await openStack({ lab, programDir, stackName: "lab", stateDir });
  const [lb1HostKey, lb2HostKey] = [lab.host("lb1").hostKey, lab.host("lb2").hostKey];
  await configure(stack, { lb1HostKey, lb2HostKey }, "plain");
  await configure(stack, { privateKey: lab.privateKey }, "secret");
  return { stack, close: () => rmSync(directory, { recursive: true }) };
}

/** What `pulumi install` does, without a registry. */
function install(language: Language, programDir: string): void {
  if (language === "yaml") return;
  if (language === "python") {
    symlinkSync(pythonDir, join(programDir, "venv"));
    // From a copy: setuptools builds in the folder that it is given.
    const source = join(programDir, "sdks", "lbpair");
    cpSync(join(sdkDir, "python"), source, { recursive: true });
    const flags = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", programDir];
    execFileSync(join(pythonDir, "bin", "pip"), ["install", ...flags, source], { stdio: ["ignore", "ignore", "pipe"] });
    return;
  }
  mkdirSync(join(programDir, "sdks"));
  symlinkSync(join(sdkDir, "go"), join(programDir, "sdks", "lbpair"));
}
