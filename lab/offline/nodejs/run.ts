import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import type { Host } from "./host.ts";
import { optionsOf, type RuntimeOptions } from "./options.ts";
import { resolveSdk } from "./resolve.ts";

/** How a program ended: with a message for the user, or `isReported` when it has shown its error already. */
export type ProgramOutcome = { readonly error: string; readonly isReported: boolean };

/** The SDK's exit code for "the user has been told". */
const REPORTED_STATUS = 32;

/**
 * Runs a Pulumi program in a Node of its own. What it prints goes where the host prints.
 *
 * @throws Error when it can't be started
 */
export async function runProgram(request: RunRequest, host: Host): Promise<ProgramOutcome> {
  const info = request.getInfo();
  const options = optionsOf(info);
  const sdk = resolveSdk("cmd/run", info?.getProgramDirectory() || request.getPwd());
  const child = spawn(process.execPath, [...options.nodeArgs, sdk, ...argumentsOf(request, host.engine)], {
    cwd: request.getPwd(),
    env: { ...nodeFirst(host.environment), ...variablesOf(request, options) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  host.children.add(child);
  return outcomeOf(child);
}

/** Waits for a program's end. Rejects when it could not be started. */
export function outcomeOf(child: ChildProcess): Promise<ProgramOutcome> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(describe(status, signal)));
  });
}

function argumentsOf(request: RunRequest, engine: string): string[] {
  const info = request.getInfo();
  const flags: Record<string, string | number | undefined> = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    "root-directory": info?.getRootDirectory(),
    pwd: request.getPwd(),
    parallel: request.getParallel(),
  };
  const given = Object.entries(flags).filter(([, value]) => value !== undefined && value !== "");
  return [
    ...given.flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    request.getProgram() || info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

/** What the SDK reads besides its arguments. */
function variablesOf(request: RunRequest, options: RuntimeOptions): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_NODEJS_TYPESCRIPT: String(options.isTypeScript),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}

/** The Node that runs the host stands first, so that a program's own `node` is not an older one. */
export function nodeFirst(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, PATH: `${dirname(process.execPath)}:${environment["PATH"] ?? ""}` };
}

function describe(status: number | null, signal: NodeJS.Signals | null): ProgramOutcome {
  if (status === 0) return { error: "", isReported: false };
  if (status === REPORTED_STATUS) return { error: "", isReported: true };
  const how = status === null ? `was ended by ${signal}` : `exited with non-zero exit code: ${status}`;
  return { error: `Program ${how}`, isReported: false };
}
