import { handshakeFaultTotal } from "./handshake.ts";
import type { StatsRow } from "./stats.ts";
import { checkText, escapeHtml, formatAge, formatBytes } from "./stats-format.ts";

// Columns of the stats page: HAProxy's, in its groups, with the answer to "is it up" first.

export type Column = {
  readonly title: string;
  readonly cell: (row: StatsRow) => string | number;
  readonly isText?: true;
};
export type ColumnGroup = { readonly title: string; readonly columns: readonly Column[] };

type Check = NonNullable<StatsRow["check"]>;
type AverageField = "queueMs" | "connectMs" | "responseMs" | "totalMs";

const ofCheck = (cell: (check: Check) => string | number) => (row: StatsRow) =>
  row.check === undefined ? "" : cell(row.check);
const upstream = (cell: (row: StatsRow) => string | number) => (row: StatsRow) =>
  row.kind === "listener" ? "" : cell(row);
/** Mean of all requests so far. */
const average = (field: AverageField) =>
  upstream(({ traffic }) =>
    traffic.requestsTotal === 0 ? "" : `${(traffic[field] / traffic.requestsTotal).toFixed(1)} ms`,
  );
const limit = (value: number | undefined) => value ?? "";

export const COLUMN_GROUPS: readonly ColumnGroup[] = [
  {
    title: "Server",
    columns: [
      {
        title: "Name",
        cell: ({ kind, group, name }) => escapeHtml(kind === "listener" ? group : kind === "app" ? "all" : name),
        isText: true,
      },
      {
        title: "Status",
        cell: (row) => `<span class="${statusClass(row)}">${escapeHtml(statusText(row))}</span>`,
        isText: true,
      },
      { title: "For", cell: ofCheck(({ sinceMs }) => formatAge(sinceMs)), isText: true },
      { title: "Last check", cell: ofCheck((check) => escapeHtml(checkText(check))), isText: true },
      { title: "Weight", cell: upstream(({ weight }) => weight) },
      { title: "Act", cell: upstream(({ active }) => active) },
      { title: "Bck", cell: upstream(({ backup }) => backup) },
    ],
  },
  {
    title: "Queue",
    columns: [
      { title: "Now", cell: upstream(({ traffic }) => traffic.queued) },
      { title: "Max", cell: upstream(({ traffic }) => traffic.queuedMax) },
      { title: "Limit", cell: ({ queueLimit }) => limit(queueLimit) },
    ],
  },
  {
    title: "Per second",
    columns: [
      { title: "Now", cell: ({ rate }) => rate },
      { title: "Max", cell: ({ traffic }) => traffic.rate.max },
    ],
  },
  {
    title: "Sessions",
    columns: [
      { title: "Now", cell: ({ traffic }) => traffic.sessions },
      { title: "Max", cell: ({ traffic }) => traffic.sessionsMax },
      { title: "Limit", cell: ({ sessionsLimit }) => limit(sessionsLimit) },
      { title: "Total", cell: ({ traffic }) => traffic.sessionsTotal },
    ],
  },
  {
    title: "Bytes",
    columns: [
      { title: "In", cell: ({ traffic }) => formatBytes(traffic.bytesIn) },
      { title: "Out", cell: ({ traffic }) => formatBytes(traffic.bytesOut) },
    ],
  },
  { title: "Denied", columns: [{ title: "Requests", cell: ({ traffic }) => traffic.denied }] },
  {
    title: "Errors",
    columns: [
      {
        title: "TLS",
        cell: ({ certificateEndMs, traffic }) =>
          certificateEndMs === undefined ? "" : handshakeFaultTotal(traffic.handshakes),
      },
      { title: "Request", cell: ({ traffic }) => traffic.requestErrors },
      { title: "Connect", cell: upstream(({ traffic }) => traffic.connectErrors) },
      { title: "Response", cell: upstream(({ traffic }) => traffic.responseErrors) },
    ],
  },
  {
    title: "Warnings",
    columns: [
      { title: "Retries", cell: upstream(({ traffic }) => traffic.retries) },
      { title: "Redispatched", cell: upstream(({ traffic }) => traffic.redispatches) },
    ],
  },
  {
    title: "Responses",
    columns: [2, 3, 4, 5].map((digit) => ({
      title: `${digit}xx`,
      cell: ({ traffic }: StatsRow) => traffic.responses[digit] ?? 0,
    })),
  },
  {
    title: "Mean time",
    columns: [
      { title: "Queue", cell: average("queueMs") },
      { title: "Connect", cell: average("connectMs") },
      { title: "Response", cell: average("responseMs") },
      { title: "Total", cell: average("totalMs") },
    ],
  },
  {
    title: "Checks",
    columns: [
      { title: "Failed", cell: ofCheck(({ failures }) => failures) },
      { title: "Down", cell: ofCheck(({ downs }) => downs) },
      { title: "Downtime", cell: ofCheck(({ downtimeMs }) => formatAge(downtimeMs)) },
      {
        title: "Slow start",
        cell: ({ throttlePercent }) => (throttlePercent === undefined ? "" : `${throttlePercent} %`),
      },
    ],
  },
];

function statusText({ status, leavesInMs }: StatsRow): string {
  return leavesInMs === undefined ? status : `${status}, removed, leaves in ${formatAge(leavesInMs)}`;
}

function statusClass({ isUp, status }: StatsRow): string {
  if (status.includes("/") || status === "DRAIN" || status === "MAINT") return "doubt";
  return isUp ? "up" : "down";
}
