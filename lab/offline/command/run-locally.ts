import { spawn } from "node:child_process";
import type { Context } from "../grpc/provider.ts";
import type { Values } from "../grpc/values.ts";
import { collectArchive, collectAssets } from "./collect.ts";
import { commandFailed, describeLocalExit } from "./failure.ts";
import type { LocalExecution } from "./inputs.ts";
import { recordOutput } from "./output.ts";

const SHELL = ["/bin/sh", "-c"];

/**
 * Runs a command on this machine.
 *
 * @param execution its environment is the whole of the command's environment
 * @returns what it printed, and the files that were asked for
 * @throws Error with command and output if it fails, or when the context is aborted
 */
export async function runLocally(command: string, execution: LocalExecution, context: Context): Promise<Values> {
  context.signal.throwIfAborted();
  const { interpreter, stdin, dir = process.cwd(), assetPaths, archivePaths } = execution;
  const [program = "", ...args] = [...(interpreter?.length ? interpreter : SHELL), command];
  const recorder = recordOutput(execution.logging, context.log);
  const child = spawn(program, args, {
    cwd: dir,
    env: execution.environment,
    stdio: "pipe",
    signal: context.signal,
    killSignal: "SIGKILL",
  });
  child.stdout.on("data", recorder.onStdout);
  child.stderr.on("data", recorder.onStderr);
  child.stdin.on("error", () => undefined); // the command ended without reading all of it
  child.stdin.end(stdin ?? "");
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => resolve(describeLocalExit(status, signal)));
  });
  const output = recorder.finish();
  if (failure !== undefined) throw commandFailed(failure, command, recorder.everything());
  return {
    ...output,
    ...(assetPaths === undefined ? {} : { assets: await collectAssets(dir, assetPaths) }),
    ...(archivePaths === undefined ? {} : { archive: await collectArchive(dir, archivePaths) }),
  };
}
