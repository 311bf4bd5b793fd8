import { type Spread, spreadOf } from "../statistics.ts";
import { renderTable } from "../table.ts";
import type { SizeResult } from "./measure.ts";
import type { Cost } from "./site.ts";

/** What the change of one app may cost with the most apps, as a multiple of its cost with the fewest. */
const RATIO_MAX = 1.2;

type Row = { readonly name: string; readonly values: readonly Spread[]; readonly show: (value: number) => string };
type Clock = keyof Cost;
type Figure = readonly [name: string, costsOf: (result: SizeResult, clock: Clock) => readonly number[]];

const seconds = (value: number) => `${value.toFixed(1)} s`;
const count = (value: number) => String(value);

/** Of one form, a column for each number of apps, and the last one's multiple of the first. */
export function renderResults(results: readonly SizeResult[]): string {
  const isGroup = results.some(({ form }) => form === "group");
  const row = (name: string, show: Row["show"], valuesOf: (result: SizeResult) => readonly number[]): Row => ({
    name,
    values: results.map((result) => spreadOf(valuesOf(result))),
    show,
  });
  const costs = (name: string, valuesOf: (result: SizeResult, clock: Clock) => readonly number[]) => [
    row(name, seconds, (each) => valuesOf(each, "seconds")),
    row("   CPU of all processes", seconds, (each) => valuesOf(each, "cpuSeconds")),
  ];
  const rows = [
    ...costs("first up", ({ firstUp }, clock) => [firstUp[clock]]),
    ...costs("up, one backend changed", ({ changeUp }, clock) => changeUp.map((each) => each[clock])),
    ...costs("up, nothing changed", ({ unchangedUp }, clock) => unchangedUp.map((each) => each[clock])),
    ...costs("the change itself: their difference", changeCosts),
    ...(isGroup ? [] : costs("up, one backend changed, app in its own stack", ownCosts)),
    ...costs("preview, one backend changed", ({ changePreview }, clock) => [changePreview[clock]]),
    ...costs("preview, nothing changed", ({ unchangedPreview }, clock) => [unchangedPreview[clock]]),
    row("resources", count, ({ resources }) => [resources.total]),
    row("of them on each host", count, ({ resources }) => [resources.perHost]),
    row("logins on a host, first up", count, ({ logins }) => [logins.firstUp]),
    row("logins on a host, one backend changed", count, ({ logins }) => [logins.changeUp]),
    row("logins on a host, nothing changed", count, ({ logins }) => [logins.unchangedUp]),
    row("requests meanwhile", count, ({ requests }) => [requests.sent]),
    row("failed", count, ({ requests }) => [requests.failed]),
  ];
  const header = [
    isGroup ? "pulumi up, apps as one group" : "pulumi up",
    ...results.map(({ apps }) => `${apps} apps`),
    "ratio",
  ];
  return `${renderTable(header, rows.map(cellsOf))}\n\n${verdict(results)}\n`;
}

/** What each `up` with the change took more than the one before it: the rest is the engine and the program, asking for every resource. */
export function changeCosts({ changeUp, unchangedUp }: SizeResult, clock: Clock): number[] {
  return changeUp.map((cost, round) => cost[clock] - (unchangedUp[round]?.[clock] ?? Number.NaN));
}

function ownCosts({ ownChangeUp }: SizeResult, clock: Clock): number[] {
  return ownChangeUp.map((cost) => cost[clock]);
}

function cellsOf({ name, values, show }: Row): string[] {
  const cells = values.map(({ median, min, max }) =>
    min === max ? show(median) : `${show(median)} (${show(min).replace(" s", "")}–${show(max).replace(" s", "")})`,
  );
  return [name, ...cells, ratioOf(values)];
}

/** The last one's multiple of the first; none where the first is no more than the noise. */
function ratioOf(values: readonly Spread[]): string {
  const [first, last] = [values[0], values.at(-1)];
  if (values.length < 2 || first === undefined || last === undefined || first.min <= 0) return "";
  return (last.median / first.median).toFixed(2);
}

function verdict(results: readonly SizeResult[]): string {
  const failed = results.reduce((sum, { requests }) => sum + requests.failed, 0);
  const lines = [`failed requests: ${failed}, want 0`];
  const [first, last] = [results[0], results.at(-1)];
  if (first === undefined || last === undefined || first === last) return lines.join("\n");
  const figures: readonly Figure[] = [
    ["up of one backend, whole", ({ changeUp }, clock) => changeUp.map((each) => each[clock])],
    ["the change itself", changeCosts],
    ["up of an app in its own stack", ownCosts],
  ];
  // A group has no app that is in a stack of its own.
  for (const [what, costsOf] of figures.filter(([, costsOf]) => costsOf(first, "seconds").length > 0)) {
    const ratios = (["seconds", "cpuSeconds"] as const).map(
      (clock) => ratioOf([first, last].map((each) => spreadOf(costsOf(each, clock)))) || "below the noise",
    );
    lines.push(
      `${what}, ${last.apps} to ${first.apps} apps: ${ratios[0]} (CPU ${ratios[1]}), want at most ${RATIO_MAX}`,
    );
  }
  return lines.join("\n");
}
