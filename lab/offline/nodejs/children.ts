import type { ChildProcess } from "node:child_process";

/** After this a child that was asked to end is ended. */
const GRACE_MS = 2_000;

/** The processes that a host has started and that are still there. */
export type Children = {
  readonly add: (child: ChildProcess) => void;
  /** Ends all of them, and resolves when they are gone. */
  readonly endAll: () => Promise<void>;
};

export function keepChildren(): Children {
  const running = new Set<ChildProcess>();
  return {
    add: (child) => {
      running.add(child);
      child.once("close", () => running.delete(child));
    },
    endAll: async () => {
      await Promise.all([...running].map(endChild));
    },
  };
}

/** Asks a process to end; one that doesn't listen is killed. */
export function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
