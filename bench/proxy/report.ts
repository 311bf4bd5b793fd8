import { pairedRatio, type Spread, spreadOf } from "../statistics.ts";
import { renderTable } from "../table.ts";
import type { RowResult } from "./run-row.ts";

/** The peer that all others are compared with. */
export const REFERENCE = "haproxy";

/** One peer's figures for one kind of work. */
export type Figure = {
  readonly peer: string;
  readonly cost: Spread;
  /** To the reference's run of the same round; absent where that was not measured. */
  readonly ratio: Spread | undefined;
  readonly requestsPerSecond: Spread;
};

export function figuresOf({ samples }: RowResult): Figure[] {
  const reference = samples.get(REFERENCE)?.map(({ cost }) => cost);
  return [...samples].map(([peer, taken]) => {
    const costs = taken.map(({ cost }) => cost);
    return {
      peer,
      cost: spreadOf(costs),
      ratio: reference === undefined ? undefined : pairedRatio(costs, reference),
      requestsPerSecond: spreadOf(taken.map(({ requestsPerSecond }) => requestsPerSecond)),
    };
  });
}

/** One row as a table, with its title. */
export function renderRow(result: RowResult): string {
  const { row } = result;
  const rows = figuresOf(result).map(({ peer, cost, ratio, requestsPerSecond }) => [
    peer,
    showSpread(cost, 1),
    ratio === undefined ? "" : showSpread(ratio, 2),
    requestsPerSecond.median === 0 ? "" : requestsPerSecond.median.toFixed(0),
  ]);
  return `${row.title}\n\n${renderTable([row.name, row.unit, `× ${REFERENCE}`, "requests/s"], rows)}\n`;
}

function showSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
