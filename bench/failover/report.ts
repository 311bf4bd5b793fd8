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
  /** Why it ended early, if it did. */
  readonly trouble: string | undefined;
};

export function renderSeries(all: readonly Series[]): string {
  const header = [
    "event",
    "adverts",
    "program",
    "n",
    "p50",
    "p99",
    "max",
    "address gone",
    "ping gap p50",
    "max",
    "HTTP gap p50",
    "max",
    "failed requests",
  ];
  const rows = all.map(({ title, intervalMs, contender, trials, trouble }) => {
    const takeovers = trials.map(({ takeoverMs }) => takeoverMs);
    const gone = trials.flatMap(({ goneMs }) => goneMs ?? []);
    const pings = trials.map(({ pingGapMs }) => pingGapMs);
    const gaps = trials.map(({ httpGapMs }) => httpGapMs);
    const failed = trials.reduce((sum, trial) => sum + trial.failed, 0);
    return [
      ...[
        trouble === undefined ? title : `${title} (ended early)`,
        `${intervalMs} ms`,
        contender,
        String(trials.length),
      ],
      ...[middle(takeovers), p99(takeovers), most(takeovers), gone.length === 0 ? "" : most(gone)],
      ...[middle(pings), most(pings), middle(gaps), most(gaps), String(failed)],
    ];
  });
  const troubles = all.flatMap(({ contender, title, trouble }) =>
    trouble === undefined ? [] : [`${contender}, ${title}: ${trouble}\n`],
  );
  return `${troubles.join("")}Milliseconds; takeover as a third party on the switch sees it\n\n${renderTable(header, rows)}\n`;
}

export function renderSoaks(soaks: readonly Soak[]): string {
  const header = ["every processor saturated", "seconds", "false takeovers", "advert lateness p99", "max"];
  const rows = soaks.map((soak) => [
    ...[soak.contender, String(soak.seconds), String(soak.falseTakeovers)],
    ...[soak.latenessP99Ms.toFixed(2), soak.latenessMaxMs.toFixed(2)],
  ]);
  return renderTable(header, rows);
}

function middle(values: readonly number[]): string {
  return values.length === 0 ? "" : percentile(values, 0.5).toFixed(1);
}

function p99(values: readonly number[]): string {
  return values.length === 0 ? "" : percentile(values, 0.99).toFixed(1);
}

function most(values: readonly number[]): string {
  return values.length === 0 ? "" : Math.max(...values).toFixed(1);
}
