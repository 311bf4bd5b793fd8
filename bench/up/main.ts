import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheDir } from "../../bootstrap/places.mjs";
import { downLab, openReport, upLab } from "../../lab/lab.ts";
import { RESULTS } from "../results.ts";
import { measureSize, type SizeResult } from "./measure.ts";
import { renderResults } from "./report.ts";

const USAGE = "usage: bench up [--apps 3,200] [--rounds 5] [--seconds 330] [--out FOLDER]";
const WRONG_USE = 2;
/** Not the lab that a person may have up. */
const LAB = "lbbenchup";

/** `bench up`: what it costs to bring a change to the hosts, with few apps and with many. */
export async function benchUp(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) return WRONG_USE;
  const deadlineMs = performance.now() + options.seconds * 1000;
  const directory = mkdtempSync(join(tmpdir(), "lbpair-bench-up-"));
  const results: SizeResult[] = [];
  await downLab(LAB);
  let clearing: Promise<void> | undefined;
  const clear = () => {
    clearing ??= downLab(LAB); // a signal ends the engine, too, so both ways lead here at once
    return clearing;
  };
  clearAwayOnSignal(clear);
  try {
    const lab = await upLab({ name: LAB, cacheDir, report: openReport(process.stderr) });
    for (const [index, apps] of options.apps.entries()) {
      const isLast = index === options.apps.length - 1;
      const tell = (text: string) => console.error(text);
      results.push(await measureSize(apps, { lab, directory, rounds: options.rounds, deadlineMs, isLast, tell }));
    }
  } finally {
    await clear();
    rmSync(directory, { recursive: true, force: true });
  }
  const table = renderResults(results);
  console.log(`\n${table}`);
  save(options.out, table, results);
  return 0;
}

/** An interrupted run leaves no lab behind. */
function clearAwayOnSignal(clear: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => void clear().finally(() => process.exit(1)));
  }
}

function save(folder: string, table: string, results: readonly SizeResult[]): void {
  const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, kernel: release() };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "up.md"), `${table}`);
  writeFileSync(join(folder, "up.json"), `${JSON.stringify({ machine, results }, null, 2)}\n`);
  console.error(`saved: ${join(folder, "up.md")}, up.json`);
}

function readOptions(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        apps: { type: "string", default: "3,200" },
        rounds: { type: "string", default: "5" },
        seconds: { type: "string", default: "330" },
        out: { type: "string", default: RESULTS },
      },
    });
    const { apps, rounds, seconds, out } = values;
    return { apps: apps.split(",").map(Number), rounds: Number(rounds), seconds: Number(seconds), out };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
