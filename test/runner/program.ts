import { spawn } from "node:child_process";

/** Runs a program to its end and returns its status and all it printed; an abort ends it with SIGTERM. */
export function runProgram(argv: readonly string[], signal: AbortSignal): Promise<{ status: number; output: string }> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    const stop = () => child.kill("SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", reject);
    child.once("close", (status) => {
      signal.removeEventListener("abort", stop);
      resolve({ status: status ?? 1, output: Buffer.concat(chunks).toString() });
    });
  });
}
