import { percentile } from "../statistics.ts";
import { renderTable } from "../table.ts";
import type { ClientView } from "./client.ts";
import type { Trial } from "./events.ts";
import type { Soak } from "./soak.ts";

/** All trials of one event with one program at one interval. */
export type Series = {
  readonly contender: string;
  readonly intervalMs: number;
  readonly event: string;
  readonly title: string;
  readonly trials: readonly (Trial & ClientView)[];
  /** What became of the trials that gave no figure. */
  readonly misses: readonly string[];
};

const HEADER = [
  ...["event", "adverts", "program", "n", "missed", "p50", "p99", "max", "address gone"],
  ...["no answer p50", "p99", "max", "ARP flip p50", "max", "HTTP gap p50", "max", "failed requests"],
];

export function renderSeries(all: readonly Series[]): string {
  const troubles = all.flatMap(({ contender, title, misses }) =>
    misses.map((miss) => `${contender}, ${title}: ${miss}\n`),
  );
  const about =
    "Milliseconds; takeover, and time without an answer to a ping, as a third party on the switch sees them";
  return `${troubles.join("")}${about}\n\n${renderTable(HEADER, all.map(rowOf))}\n`;
}

function rowOf({ title, intervalMs, contender, trials, misses }: Series): string[] {
  const takeovers = trials.map(({ takeoverMs }) => takeoverMs);
  const silences = trials.map(({ silenceMs }) => silenceMs);
  const flips = trials.flatMap(({ flipMs }) => flipMs ?? []);
  const gaps = trials.map(({ httpGapMs }) => httpGapMs);
  const failed = trials.reduce((sum, trial) => sum + trial.failed, 0);
  return [
    ...[title, `${intervalMs} ms`, contender, String(trials.length), String(misses.length)],
    ...[at(takeovers, 0.5), at(takeovers, 0.99), at(takeovers, 1), describeGone(trials)],
    ...[at(silences, 0.5), at(silences, 0.99), at(silences, 1)],
    ...[at(flips, 0.5), at(flips, 1), at(gaps, 0.5), at(gaps, 1), String(failed)],
  ];
}

function describeGone(trials: readonly Trial[]): string {
  const gone = trials.flatMap(({ goneMs }) => (goneMs === undefined ? [] : [goneMs]));
  if (gone.includes(null)) return `stays (${gone.filter((each) => each === null).length} of ${gone.length})`;
  return at(
    gone.filter((each) => each !== null),
    1,
  );
}

export function renderSoaks(soaks: readonly Soak[]): string {
  const header = ["every processor saturated", "seconds", "false takeovers", "advert lateness p99", "max"];
  const rows = soaks.map((soak) => [
    ...[soak.contender, String(soak.seconds), String(soak.falseTakeovers)],
    ...[soak.latenessP99Ms.toFixed(2), soak.latenessMaxMs.toFixed(2)],
  ]);
  return renderTable(header, rows);
}

function at(values: readonly number[], share: number): string {
  return values.length === 0 ? "" : percentile(values, share).toFixed(1);
}
