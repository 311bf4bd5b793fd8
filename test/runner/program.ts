import { type ChildProcess, spawn } from "node:child_process";

export type ProgramResult = {
  readonly status: number;
  readonly output: string;
  /** It did not end in time, and was killed. */
  readonly isHung: boolean;
};

/** A program that was asked to end gets this long to clear away. */
const FAREWELL_MS = 60_000;

/**
 * Runs a program to its end and returns its status and all it printed.
 *
 * It leads a process group of its own, so that what it started ends with it: an abort asks the group to end, the time
 * limit kills it.
 */
export function runProgram(argv: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<ProgramResult> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const chunks: Buffer[] = [];
    let isHung = false;
    const kill = () => endGroup(child, "SIGKILL");
    const limit = setTimeout(() => {
      isHung = true;
      kill();
    }, timeoutMs);
    let farewell: NodeJS.Timeout | undefined;
    const stop = () => {
      endGroup(child, "SIGTERM");
      farewell = setTimeout(kill, FAREWELL_MS);
    };
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", reject);
    // What outlives the program would keep its output open for ever.
    child.once("exit", kill);
    child.once("close", (status) => {
      clearTimeout(limit);
      clearTimeout(farewell);
      signal.removeEventListener("abort", stop);
      resolve({ status: status ?? 1, output: Buffer.concat(chunks).toString(), isHung });
    });
  });
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
