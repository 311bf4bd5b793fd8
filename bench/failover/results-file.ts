import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { dirname } from "node:path";
import type { Series } from "./report.ts";
import type { Soak } from "./soak.ts";

/** All that runs have measured. */
export type Results = { readonly series: readonly Series[]; readonly soaks: readonly Soak[] };

const NOTHING: Results = { series: [], soaks: [] };

/** What a file of earlier runs has; nothing when there is none. */
export function readResults(path: string): Results {
  if (!existsSync(path)) return NOTHING;
  const { series, soaks } = JSON.parse(readFileSync(path, "utf8")) as Results;
  return { series, soaks };
}

export function writeResults(path: string, results: Results): void {
  const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, kernel: release() };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ machine, ...results }, null, 2)}\n`);
}

/** The trials of both, those of the same series in one. */
export function addResults(before: Results, more: Results): Results {
  const series = [...before.series];
  for (const next of more.series) {
    const index = series.findIndex((known) => isSame(known, next));
    const known = series[index];
    if (known === undefined) series.push(next);
    else {
      const trials = [...known.trials, ...next.trials];
      series[index] = { ...known, trials, misses: [...known.misses, ...next.misses] };
    }
  }
  return { series, soaks: [...before.soaks, ...more.soaks] };
}

function isSame(a: Series, b: Series): boolean {
  return a.contender === b.contender && a.intervalMs === b.intervalMs && a.event === b.event;
}
