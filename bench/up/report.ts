import { spreadOf } from "../statistics.ts";
import { renderTable } from "../table.ts";
import type { SizeResult } from "./measure.ts";

/** What the change of one app may cost with the most apps, as a multiple of its cost with the fewest. */
const RATIO_MAX = 1.2;

type Row = { readonly name: string; readonly values: readonly number[]; readonly show: (value: number) => string };

const seconds = (value: number) => `${value.toFixed(1)} s`;
const count = (value: number) => String(value);
const median = (values: readonly number[]) => spreadOf(values).median;

/** One column for each number of apps, and the last one's multiple of the first. */
export function renderResults(results: readonly SizeResult[]): string {
  const row = (name: string, show: Row["show"], value: (result: SizeResult) => number): Row => ({
    name,
    values: results.map(value),
    show,
  });
  const rows = [
    row("first up", seconds, (each) => each.firstUp),
    row("up, one backend changed", seconds, (each) => median(each.changeUp)),
    row("up, nothing changed", seconds, (each) => median(each.unchangedUp)),
    row("cost of the change itself", seconds, changeCost),
    row("up, one backend changed, app in its own stack", seconds, ownChange),
    row("preview, one backend changed", seconds, (each) => median(each.changePreview)),
    row("preview, nothing changed", seconds, (each) => median(each.unchangedPreview)),
    row("resources", count, (each) => each.resources.total),
    row("of them on each host", count, (each) => each.resources.perHost),
    row("logins on a host, first up", count, (each) => each.logins.firstUp),
    row("logins on a host, one backend changed", count, (each) => each.logins.changeUp),
    row("logins on a host, nothing changed", count, (each) => each.logins.unchangedUp),
    row("requests meanwhile", count, (each) => each.requests.sent),
    row("failed", count, (each) => each.requests.failed),
  ];
  const header = ["pulumi up", ...results.map(({ apps }) => `${apps} apps`), "ratio"];
  return `${renderTable(header, rows.map(cellsOf))}\n\n${verdict(results)}\n`;
}

/** What an `up` takes longer because of the change: the rest is the engine asking for every resource, and the program. */
export function changeCost({ changeUp, unchangedUp }: SizeResult): number {
  return median(changeUp.map((value, round) => value - (unchangedUp[round] ?? Number.NaN)));
}

function ownChange({ ownChangeUp }: SizeResult): number {
  return median(ownChangeUp);
}

function cellsOf({ name, values, show }: Row): string[] {
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  const ratio = values.length > 1 && first !== 0 ? (last / first).toFixed(2) : "";
  return [name, ...values.map(show), ratio];
}

function verdict(results: readonly SizeResult[]): string {
  const failed = results.reduce((sum, { requests }) => sum + requests.failed, 0);
  const lines = [`failed requests: ${failed}, want 0`];
  const [first, last] = [results[0], results.at(-1)];
  if (first !== undefined && last !== undefined && first !== last) {
    for (const [what, cost] of [
      ["up of an app in its own stack", ownChange],
      ["the change itself", changeCost],
    ] as const) {
      const ratio = (cost(last) / cost(first)).toFixed(2);
      lines.push(`${what}, ${last.apps} to ${first.apps} apps: ${ratio}, want at most ${RATIO_MAX}`);
    }
  }
  return lines.join("\n");
}
