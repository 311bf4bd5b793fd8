import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program whose output is followed line by line. */
export type Child = {
  readonly pid: number;
  /** Everything said so far, both streams. */
  readonly lines: readonly string[];
  /** The first line that matches, of those still to come or, with `from`, of those from that index on. */
  readonly until: (pattern: RegExp, from?: number) => Promise<string>;
  /** Sends a signal and waits for the end; resolves with the exit code, null after a signal. */
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
  /** Sends a signal that it survives. */
  readonly signal: (signal: NodeJS.Signals) => void;
};

type Waiter = {
  readonly pattern: RegExp;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
};

export function run(command: string, args: readonly string[]): Child {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  let waiters: Waiter[] = [];
  const take = (line: string) => {
    lines.push(line);
    for (const waiter of waiters) if (waiter.pattern.test(line)) waiter.resolve(line);
    waiters = waiters.filter(({ pattern }) => !pattern.test(line));
  };
  const ended = Promise.all([follow(child, "stdout", take), follow(child, "stderr", take), once(child, "close")]);
  void ended.then(() => {
    const said = lines.slice(-20).join("\n");
    for (const { pattern, reject } of waiters)
      reject(new Error(`${command} ended before ${pattern}; it said:\n${said}`));
    waiters = [];
  });
  return {
    pid: child.pid ?? 0,
    lines,
    until: (pattern, from = lines.length) => {
      const known = lines.slice(from).find((line) => pattern.test(line));
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => waiters.push({ pattern, resolve, reject }));
    },
    kill: async (signal) => {
      child.kill(signal);
      if (signal === "SIGKILL") child.kill("SIGCONT");
      await ended;
      return child.exitCode;
    },
    signal: (signal) => void child.kill(signal),
  };
}

async function follow(child: ChildProcess, name: "stdout" | "stderr", take: (line: string) => void): Promise<void> {
  const stream = child[name];
  if (stream === null) return;
  for await (const line of createInterface({ input: stream })) take(line);
}
