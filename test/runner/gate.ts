import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { REPO, unitFiles } from "./files.ts";
import { runTests } from "./node-tests.ts";
import { runProgram } from "./program.ts";
import type { Tally } from "./tally.ts";

const ROOMS = [
  ...["config", "daemon", "proxy", "vrrp", "components", "provider", "cli"],
  ...["lab", "bootstrap", "bench", "test", "examples"],
];

/** Several times what it takes on a busy machine. */
const UNIT_TIMEOUT_MS = 5 * 60_000;
const TOOL_TIMEOUT_MS = 5 * 60_000;

/** Format and lint, types, import law, unit tests: everything that needs no root and no lab. */
export async function runGate(tally: Tally, signal: AbortSignal): Promise<void> {
  const rooms = ROOMS.filter((room) => existsSync(join(REPO, room)));
  await runTool("format and lint", ["@biomejs/biome/bin/biome", "check"], tally, signal);
  await Promise.all([
    runTool("types", ["typescript/bin/tsc", "-p", "."], tally, signal),
    runTool("import law", [DEPCRUISE, "--config", ".dependency-cruiser.mjs", ...rooms], tally, signal),
  ]);
  const unit = { name: "unit tests", files: unitFiles(), timeoutMs: UNIT_TIMEOUT_MS };
  // Node leaves one processor free, which on two is half of them.
  await runTests({ ...unit, concurrency: availableParallelism() }, tally, signal);
}

const DEPCRUISE = "dependency-cruiser/bin/dependency-cruiser.mjs";

async function runTool(
  name: string,
  [script = "", ...args]: string[],
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const startedAtMs = performance.now();
  const argv = [process.execPath, join("node_modules", script), ...args];
  const { status, output } = await runProgram(argv, TOOL_TIMEOUT_MS, signal);
  if (status !== 0) console.log(output);
  tally.add({ name, isGood: status === 0, seconds: (performance.now() - startedAtMs) / 1000 });
}
