import { spawn } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CommandResult } from "./command.ts";
import type { Lab } from "./lab.ts";

// A stack of a Pulumi program, worked on by the real CLI from inside the lab's
// namespace: what it can't reach there, it doesn't need.

export type StackPlan = {
  readonly lab: Lab;
  /** Folder of the program. */
  readonly programDir: string;
  readonly stackName: string;
  /** Folder for the state and the stack's configuration. Nothing is written into the program's folder. */
  readonly stateDir: string;
  /** Folder for the state alone, to share it with another stack. Default: in `stateDir`. */
  readonly backendDir?: string;
};

/** Where the output of a CLI call goes while it runs. */
export type Output = "shown" | "kept";

export type PulumiStack = {
  readonly environment: Readonly<Record<string, string>>;
  /** Runs `pulumi` with these words in the program's folder. */
  readonly pulumi: (words: readonly string[], output: Output, stdin?: string) => Promise<CommandResult>;
};

/** Protects a file on this machine that holds throw-away keys of a throw-away lab. */
const PASSPHRASE = "lab";

/** Gets a stack ready, with an empty state if there is none yet. */
export async function openStack(plan: StackPlan): Promise<PulumiStack> {
  const { stateDir, stackName, programDir } = plan;
  const backendDir = plan.backendDir ?? backendDirIn(stateDir);
  await mkdir(backendDir, { recursive: true });
  // A new stack's configuration is written beside the project's file: so there is a copy of it.
  await cp(join(programDir, "Pulumi.yaml"), join(stateDir, "Pulumi.yaml"));
  const environment = {
    PULUMI_BACKEND_URL: backendUrl(backendDir),
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    PULUMI_CREDENTIAL_STORE: "plaintext",
  };
  const pulumi: PulumiStack["pulumi"] = (words, output, stdin) =>
    runPulumi(plan, environment, words, output, stdin ?? "");
  await expectSuccess(pulumi(["stack", "select", "--create", stackName], "kept"), "pulumi stack select");
  return { environment, pulumi };
}

/**
 * Where Pulumi is to keep its state, in a folder.
 *
 * It replaces the state as a whole, but writes attributes beside it in place, and without them whole it reads neither:
 * an engine that is killed there leaves a stack that nothing can be done with. Nobody needs these attributes.
 */
export function backendUrl(folder: string): string {
  return `file://${folder}?metadata=skip`;
}

export function backendDirIn(stateDir: string): string {
  return join(stateDir, "state");
}

/** Sets configuration values, secret or not, without showing any in a process list. */
export async function configure(
  stack: PulumiStack,
  values: Readonly<Record<string, string>>,
  kind: "plain" | "secret",
): Promise<void> {
  for (const [key, value] of Object.entries(values)) {
    const flag = kind === "secret" ? "--secret" : "--plaintext";
    await expectSuccess(stack.pulumi(["config", "set", flag, key], "kept", value), `pulumi config set ${key}`);
  }
}

/** The result of a call that must succeed; throws with what it printed. */
export async function expectSuccess(call: Promise<CommandResult>, what: string): Promise<CommandResult> {
  const result = await call;
  if (result.status === 0) return result;
  throw new Error(`${what}: exit ${result.status}\n${result.stdout}${result.stderr}`);
}

function runPulumi(
  plan: StackPlan,
  environment: Record<string, string>,
  words: readonly string[],
  output: Output,
  stdin: string,
): Promise<CommandResult> {
  const [program = "", ...enter] = plan.lab.enter("lab");
  const argv = [...enter, "pulumi", ...words, ...commonWords(plan, words)];
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...environment } });
    const kept = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        kept[stream] += text;
        if (output === "shown") process[stream].write(text);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? 1, ...kept }));
    child.stdin.end(stdin);
  });
}

function commonWords({ programDir, stateDir, stackName }: StackPlan, [verb]: readonly string[]): string[] {
  const always = ["--non-interactive", "--color", "never"];
  if (verb === "stack") return [...always, "--cwd", stateDir];
  return [
    ...always,
    "--cwd",
    programDir,
    "--config-file",
    join(stateDir, `Pulumi.${stackName}.yaml`),
    "--stack",
    stackName,
  ];
}
