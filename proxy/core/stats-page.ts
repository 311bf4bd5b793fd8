import type { StatsRow, StatsSnapshot } from "./stats.ts";

/** How a page is to be shown: the part of its URL behind `;`. */
export type PageOptions = { readonly isDownHidden: boolean };

/** The stats page: readable without scripts, dense enough for a wall. */
export function renderPage(snapshot: StatsSnapshot, path: string, options: PageOptions): string {
  const groups = Map.groupBy(
    snapshot.rows.filter(({ isUp, kind }) => isUp || kind !== "backend" || !options.isDownHidden),
    ({ group, kind }) => (kind === "listener" ? "Listeners" : group),
  );
  const tables = [...groups].map(([name, rows]) => table(name, rows)).join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(snapshot.hostName)} · lbpair</title><style>${STYLE}</style></head>
<body><header><h1>${escapeHtml(snapshot.hostName)}</h1><p>${summary(snapshot)}</p>
<nav><a href="${path}">refresh now</a> <a href="${path};norefresh">stop refreshing</a> <a href="${path};up">hide what is down</a> <a href="${path};csv">CSV</a> <a href="${path};metrics">metrics</a></nav></header>
${tables}
</body></html>
`;
}

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--up:#2a8a3e;--down:#c8372d;--doubt:#b07400}
body{font:14px/1.4 system-ui,sans-serif;margin:1.5rem;max-width:90rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}
nav a{margin-right:1rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child,.text{text-align:left}
thead th{font-weight:600;vertical-align:bottom}
tr.sum td{font-weight:600}
.up::before,.down::before,.doubt::before{content:"●";margin-right:.4em}
.up::before{color:var(--up)}.down::before{color:var(--down)}.doubt::before{color:var(--doubt)}
tr.is-down{background:#c8372d22}`;

type Column = readonly [title: string, cell: (row: StatsRow) => string | number, isText?: "text"];

const COLUMNS: readonly Column[] = [
  ["", ({ kind, group, name }) => (kind === "listener" ? group : kind === "app" ? "all" : name), "text"],
  ["Status", (row) => `<span class="${statusClass(row)}">${escapeHtml(row.status)}</span>`, "text"],
  ["For", ({ check }) => (check === undefined ? "" : formatAge(check.sinceMs)), "text"],
  ["Last check", ({ check }) => (check === undefined ? "" : escapeHtml(checkText(check))), "text"],
  [
    "Weight",
    ({ weight, kind, backup }) =>
      kind === "listener" ? "" : `${weight}${backup > 0 && kind === "backend" ? " backup" : ""}`,
  ],
  ["Sessions", ({ traffic }) => traffic.sessions],
  ["Max", ({ traffic }) => traffic.sessionsMax],
  ["Total", ({ traffic }) => traffic.sessionsTotal],
  ["Per second", ({ rate }) => rate],
  ["In", ({ traffic }) => formatBytes(traffic.bytesIn)],
  ["Out", ({ traffic }) => formatBytes(traffic.bytesOut)],
  ["2xx", ({ traffic }) => traffic.responses[2] ?? 0],
  ["3xx", ({ traffic }) => traffic.responses[3] ?? 0],
  ["4xx", ({ traffic }) => traffic.responses[4] ?? 0],
  ["5xx", ({ traffic }) => traffic.responses[5] ?? 0],
  ["Errors: request", ({ traffic }) => traffic.requestErrors],
  ["connect", ({ traffic }) => traffic.connectErrors],
  ["response", ({ traffic }) => traffic.responseErrors],
  ["Retries", ({ traffic }) => traffic.retries],
  ["Redispatched", ({ traffic }) => traffic.redispatches],
  ["Checks failed", ({ check }) => check?.failures ?? ""],
  ["Downtime", ({ check }) => (check === undefined ? "" : formatAge(check.downtimeMs))],
];

function table(name: string, rows: readonly StatsRow[]): string {
  const heads = COLUMNS.map(([title, , isText]) => `<th${isText ? ' class="text"' : ""}>${title}</th>`).join("");
  const body = rows.map((row) => {
    const cells = COLUMNS.map(([, cell, isText]) => `<td${isText ? ' class="text"' : ""}>${cell(row)}</td>`).join("");
    const classes = [row.kind === "app" ? "sum" : "", row.isUp ? "" : "is-down"]
      .filter((word) => word !== "")
      .join(" ");
    return `<tr${classes === "" ? "" : ` class="${classes}"`}>${cells}</tr>`;
  });
  return `<h2>${escapeHtml(name)}</h2>
<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>
${body.join("\n")}
</tbody></table></div>`;
}

function statusClass({ isUp, status }: StatsRow): string {
  if (status.includes("/")) return "doubt";
  return isUp ? "up" : "down";
}

function checkText({ code, status, durationMs }: NonNullable<StatsRow["check"]>): string {
  if (code === "UNK" || code === "INI") return code;
  return `${code}${status === 0 ? "" : `/${status}`} in ${Math.round(durationMs)} ms`;
}

function summary({ release, runtime, pid, uptimeMs, connections, connectionsMax }: StatsSnapshot): string {
  return escapeHtml(
    `lbpair-proxy ${release.slice(0, 12)} on ${runtime}, pid ${pid}, up ${formatAge(uptimeMs)}, ${connections} of ${connectionsMax} connections`,
  );
}

/** Largest two units: `3d 4h`, `12m 5s`. */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit++) value /= 1_000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
