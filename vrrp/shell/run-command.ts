import { spawn } from "node:child_process";
import { setPriority } from "node:os";

export type CommandResult = { readonly isOk: boolean; readonly because: string };

/** The daemon's own priority is for keeping time, which its programs don't. */
const ORDINARY_NICENESS = 0;
/** What a program gets between being asked and being made to end. */
const TERMINATE_MS = 500;

/**
 * Runs a program to its end, without a shell, without the daemon's capabilities (serve.ts) and as an ordinary process among others.
 *
 * It is a group of its own, so that whatever it has started ends with it when the time is over.
 */
export function runCommand(
  command: readonly string[],
  timeoutMs: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const [program = "", ...words] = command;
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: "ignore", detached: true, env: { ...process.env, ...environment } });
    makeOrdinary(child.pid);
    let isLate = false;
    const end = (signal: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        return; // it has just ended by itself
      }
    };
    const timers = [
      setTimeout(() => {
        isLate = true;
        end("SIGTERM");
      }, timeoutMs),
      setTimeout(() => end("SIGKILL"), timeoutMs + TERMINATE_MS),
    ];
    const settle = (isOk: boolean, because: string) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ isOk, because });
    };
    child.once("error", (error) => settle(false, error.message));
    child.once("exit", (code, signal) => {
      if (isLate) settle(false, `took longer than ${timeoutMs} ms`);
      else settle(code === 0, code === null ? `killed by ${signal}` : `ended with status ${code}`);
    });
  });
}

function makeOrdinary(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, ORDINARY_NICENESS);
  } catch {
    return; // it has ended already
  }
}
