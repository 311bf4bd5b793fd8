import { spawn } from "node:child_process";

export type CommandResult = {
  /** Exit code; 128 + signal number when a signal ended it, as a shell says it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type CommandOptions = {
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
};

/** Long enough for anything but building the image, short enough to notice. */
const TIMEOUT_MS = 120_000;
const SIGNAL_STATUS = 128 + 9;

/** Runs a program to its end. A status other than 0 is a result, not an error. */
export function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: "SIGKILL",
      env: options.env ?? process.env,
    });
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout.on("data", (chunk: Buffer) => output.stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.stderr.push(chunk));
    child.once("error", (error) => reject(new Error(`${program}: ${error.message}`)));
    child.once("close", (code) => {
      resolve({
        status: code ?? SIGNAL_STATUS,
        stdout: Buffer.concat(output.stdout).toString(),
        stderr: Buffer.concat(output.stderr).toString(),
      });
    });
    child.stdin.on("error", ignoreClosedInput);
    child.stdin.end(options.stdin ?? "");
  });
}

/** Runs a program that must succeed, and gives what it printed. */
export async function runOrThrow(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await run(argv, options);
  if (result.status === 0) return result.stdout;
  throw new Error(`${argv.join(" ")}: exit ${result.status}: ${result.stderr.trim() || result.stdout.trim()}`);
}

/** A program may end without having read its input; its status tells how it went. */
function ignoreClosedInput(): void {}
