import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Apps, SiteOptions } from "./site.ts";

const SCRIPT = join(import.meta.dirname, "attempt.ts");

/** An operation on a test stack from a process of its own. */
export type Attempt = {
  readonly operation: "preview" | "up";
  readonly project: string;
  /** Of the stack to work on. */
  readonly stateDir: string;
  readonly apps: Apps;
  /** What is otherwise than by default. */
  readonly options?: SiteOptions;
  /** Further configuration of the stack. */
  readonly config?: Readonly<Record<string, string>>;
};

/** What a person sees of an operation that fails. */
export function failure(attempt: Attempt): string {
  const { status, stdout } = spawnSync(process.execPath, wordsOf(attempt), {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  assert.equal(status, 1, stdout);
  return stdout;
}

/** Starts an operation with the engine in a process group of its own, so that it can be killed as a whole. */
export function startAttempt(attempt: Attempt): ChildProcess {
  return spawn(process.execPath, wordsOf(attempt), { stdio: ["ignore", "pipe", "inherit"], detached: true });
}

function wordsOf({ operation, project, stateDir, apps, options = {}, config = {} }: Attempt): string[] {
  return [SCRIPT, operation, project, stateDir, ...[apps, options, config].map((each) => JSON.stringify(each))];
}
