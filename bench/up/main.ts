import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheDir } from "../../bootstrap/places.mjs";
import { downLab, openReport, upLab } from "../../lab/lab.ts";
import { RESULTS } from "../results.ts";
import { FORMS, type Form, type MeasureOptions, measureSize, type SizeResult } from "./measure.ts";
import { renderResults } from "./report.ts";

const USAGE = "usage: bench up [--forms alone,group] [--apps 3,200] [--rounds 5] [--seconds 330] [--out FOLDER]";
const WRONG_USE = 2;
/** Not the lab that a person may have up. */
const LAB = "lbbenchup";

/** `bench up`: what it costs to bring a change to the hosts, with few apps and with many, in each form; `seconds` for each. */
export async function benchUp(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) return WRONG_USE;
  const directory = mkdtempSync(join(tmpdir(), "lbpair-bench-up-"));
  const results: SizeResult[][] = [];
  await downLab(LAB);
  let clearing: Promise<void> | undefined;
  const clear = () => {
    clearing ??= downLab(LAB); // a signal ends the engine, too, so both ways lead here at once
    return clearing;
  };
  clearAwayOnSignal(clear);
  try {
    const lab = await upLab({ name: LAB, cacheDir, report: openReport(process.stderr) });
    for (const form of options.forms) results.push(await measureForm(form, { ...options, lab, directory }));
  } finally {
    await clear();
    rmSync(directory, { recursive: true, force: true });
  }
  const table = results.map(renderResults).join("\n");
  console.log(`\n${table}`);
  save(options.out, table, results.flat());
  return 0;
}

type FormOptions = Pick<MeasureOptions, "lab" | "directory" | "rounds"> & Pick<Options, "forms" | "apps" | "seconds">;

async function measureForm(form: Form, { lab, directory, rounds, ...options }: FormOptions): Promise<SizeResult[]> {
  const deadlineMs = performance.now() + options.seconds * 1000;
  const results: SizeResult[] = [];
  for (const apps of options.apps) {
    const isLast = apps === options.apps.at(-1) && form === options.forms.at(-1);
    const tell = (text: string) => console.error(text);
    results.push(await measureSize(apps, { form, lab, directory, rounds, deadlineMs, isLast, tell }));
  }
  return results;
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

type Options = {
  readonly forms: readonly Form[];
  readonly apps: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly out: string;
};

function readOptions(words: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        forms: { type: "string", default: FORMS.join() },
        apps: { type: "string", default: "3,200" },
        rounds: { type: "string", default: "5" },
        seconds: { type: "string", default: "330" },
        out: { type: "string", default: RESULTS },
      },
    });
    const { apps, rounds, seconds, out } = values;
    const forms = FORMS.filter((form) => values.forms.split(",").includes(form));
    return { forms, apps: apps.split(",").map(Number), rounds: Number(rounds), seconds: Number(seconds), out };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
