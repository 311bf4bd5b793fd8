import type { Lateness } from "../../config/status.ts";

// Prometheus' text format 0.0.4.

export type Labels = Readonly<Record<string, string | number>>;
export type Sample = readonly [labels: Labels, value: number];

/** Samples of one name; none: the name is not shown either. */
export type Family = {
  /** Without the daemon's prefix. */
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
};

const PREFIX = "lbpair_vrrp_";
const MS_PER_SECOND = 1_000;

/** The lines of a family. */
export function renderFamily({ name, type, help, samples }: Family): string[] {
  if (samples.length === 0) return [];
  return [
    `# HELP ${PREFIX}${name} ${help}`,
    `# TYPE ${PREFIX}${name} ${type}`,
    ...samples.map(([labels, value]) => `${PREFIX}${name}${renderLabels(labels)} ${value}`),
  ];
}

/** The lines of a histogram, and the worst value, which no histogram tells. */
export function renderHistogram(of: string, help: string, { buckets, count, sumMs, maxMs }: Lateness): string[] {
  const name = `${PREFIX}${of}`;
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} histogram`,
    ...buckets.map((bucket) => `${name}_bucket{le="${bucket.leMs / MS_PER_SECOND}"} ${bucket.count}`),
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sumMs / MS_PER_SECOND}`,
    `${name}_count ${count}`,
    `# HELP ${name}_max The worst so far`,
    `# TYPE ${name}_max gauge`,
    `${name}_max ${maxMs / MS_PER_SECOND}`,
  ];
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
