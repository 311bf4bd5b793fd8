import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./program.ts";
import type { Outcome, Tally, TestCounts } from "./tally.ts";

export type TestGroup = {
  readonly name: string;
  readonly files: readonly string[];
  /** Words before Node's own: where the tests run. */
  readonly enter?: readonly string[];
  /** For the whole group; a file that hangs must not hang the run. */
  readonly timeoutMs: number;
  /** Files at once; default: as many as Node finds right. */
  readonly concurrency?: number;
};

const COUNTER = join(import.meta.dirname, "count-reporter.ts");
const NOTHING: TestCounts = { passed: 0, failed: 0, skipped: 0 };

/** Runs test files by Node's runner and adds the outcome; prints what they said if it was not good. */
export async function runTests(group: TestGroup, tally: Tally, signal: AbortSignal): Promise<void> {
  if (group.files.length === 0 || signal.aborted) return;
  const startedAtMs = performance.now();
  const dir = await mkdtemp(join(tmpdir(), "lbpair-test-"));
  try {
    tally.add(await runIn(dir, group, startedAtMs, signal));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Temporary files go where they are removed, whatever becomes of the tests, and of programs that they kill. */
async function runIn(dir: string, group: TestGroup, startedAtMs: number, signal: AbortSignal): Promise<Outcome> {
  // Some tests run servers as other users.
  await chmod(dir, 0o755);
  const countsFile = join(dir, "counts.json");
  const argv = [
    ...["env", `TMPDIR=${dir}`],
    ...[
      ...(group.enter ?? []),
      process.execPath,
      "--test",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
    ],
    ...[`--test-reporter=${COUNTER}`, `--test-reporter-destination=${countsFile}`],
    ...(group.concurrency === undefined ? [] : [`--test-concurrency=${group.concurrency}`]),
    ...group.files,
  ];
  const { status, output, isHung } = await runProgram(argv, group.timeoutMs, signal);
  const counts = await readCounts(countsFile);
  if (isHung) console.log(`${output}\n${group.name}: killed after ${group.timeoutMs / 1000} s`);
  else if (status !== 0) console.log(failuresOf(output));
  // A runner that counted nothing has not tested anything, whatever its status says.
  const isGood = status === 0 && counts.passed > 0 && counts.failed === 0;
  return { name: group.name, isGood, seconds: (performance.now() - startedAtMs) / 1000, counts };
}

/** The spec reporter repeats what failed at its end. */
function failuresOf(output: string): string {
  const start = output.lastIndexOf("✖ failing tests:");
  return start === -1 ? output : output.slice(start);
}

async function readCounts(path: string): Promise<TestCounts> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text === "" ? NOTHING : (JSON.parse(text) as TestCounts);
}
