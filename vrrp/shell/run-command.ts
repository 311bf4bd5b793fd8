import { spawn } from "node:child_process";

export type CommandResult = { readonly isOk: boolean; readonly because: string };

/** What a program gets between being asked and being made to end. */
const TERMINATE_MS = 500;

/**
 * Runs a program to its end, without a shell.
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
