import type { StatsRow, StatsSnapshot } from "./stats.ts";
import { COLUMN_GROUPS, type Column } from "./stats-columns.ts";
import { escapeHtml, formatAge } from "./stats-format.ts";

/** How a page is to be shown: the part of its URL behind `;`. */
export type PageOptions = { readonly isDownHidden: boolean };

/** The stats page: readable without scripts, dense enough for a wall. */
export function renderPage(snapshot: StatsSnapshot, path: string, options: PageOptions): string {
  const groups = Map.groupBy(
    snapshot.rows.filter(({ isUp, kind }) => isUp || kind !== "backend" || !options.isDownHidden),
    ({ group, kind }) => (kind === "listener" ? "Listeners" : group),
  );
  const bodies = [...groups].map(([name, rows]) => body(name, rows)).join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(snapshot.hostName)} · lbpair</title><style>${STYLE}</style></head>
<body><header><h1>${escapeHtml(snapshot.hostName)}</h1><p>${summary(snapshot)}</p>
${certificates(snapshot)}${revocationLists(snapshot)}<nav><a href="${path}">refresh now</a> <a href="${path};norefresh">stop refreshing</a> <a href="${path};up">hide what is down</a> <a href="${path};csv">CSV</a> <a href="${path};metrics">metrics</a></nav></header>
<table>${HEAD}
${bodies}
</table>
</body></html>
`;
}

/** One table for all, so that columns stand below each other; its heads and names stay in sight when it is scrolled. */
const STYLE = `
:root{color-scheme:light dark;--line:#8883;--up:#2a8a3e;--down:#c8372d;--doubt:#b07400;--ground:light-dark(#fff,#141414);--band:light-dark(#f1f3f5,#202326);--fallen:light-dark(#fbe9e7,#35201e);--out:light-dark(#fdf3dc,#332a17)}
body{font:13px/1.35 system-ui,sans-serif;margin:1rem;background:var(--ground)}
header{position:sticky;left:1rem;max-width:calc(100vw - 2rem);margin-bottom:.8rem}
h1{font-size:1.4rem;margin:0;display:inline}h2{font-size:1rem;margin:0;display:inline}
p{margin:.3rem 0}nav a{margin-right:1rem}
table{border-collapse:separate;border-spacing:0;font-variant-numeric:tabular-nums}
th,td{padding:.14rem .5rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;background:var(--ground)}
th:first-child,td:first-child,.text{text-align:left}
th:first-child,td:first-child{position:sticky;left:0}
thead{position:sticky;top:0;z-index:1}
thead th{font-weight:600;background:var(--band)}
.groups th{text-align:center;border-bottom:0}
.first,.groups th+th{border-left:1px solid var(--line)}
.name th{text-align:left;padding-top:.9rem;border-bottom:2px solid var(--line)}
tbody th{font-weight:400}tr.sum>*{font-weight:600}
tbody tr:hover>*{background:var(--band)}
tr.is-down>*{background:var(--fallen)}
tr.is-out>*{background:var(--out)}
.zero{opacity:.4}
.up::before,.down::before,.doubt::before{content:"●";margin-right:.4em}
.up::before{color:var(--up)}.down::before{color:var(--down)}.doubt::before{color:var(--doubt)}`;

const COLUMNS = COLUMN_GROUPS.flatMap(({ columns }) => columns);
/** Columns that begin a group have a line before them. */
const FIRST = new Set(COLUMN_GROUPS.slice(1).map(({ columns }) => columns[0]));

const HEAD = `<thead><tr class="groups">${COLUMN_GROUPS.map(({ title, columns }) => `<th colspan="${columns.length}">${title}</th>`).join("")}</tr>
<tr>${COLUMNS.map((column) => `<th scope="col"${classOf(column)}>${column.title}</th>`).join("")}</tr></thead>`;

function body(name: string, rows: readonly StatsRow[]): string {
  const lines = rows.map((row) => {
    const [name, ...others] = COLUMNS;
    // The name is the head of its row: readers of the page that speak say it before each number.
    const head = name === undefined ? "" : `<th scope="row"${classOf(name)}>${name.cell(row)}</th>`;
    const cells = head + others.map((column) => `<td${classOf(column)}>${faded(column.cell(row))}</td>`).join("");
    const classes = [row.kind === "app" ? "sum" : "", groundOf(row)].filter((word) => word !== "").join(" ");
    return `<tr${classes === "" ? "" : ` class="${classes}"`}>${cells}</tr>`;
  });
  return `<tbody><tr class="name"><th scope="rowgroup" colspan="${COLUMNS.length}"><h2>${escapeHtml(name)}</h2></th></tr>
${lines.join("\n")}</tbody>`;
}

/** What an operator has taken out is no alarm, unlike what has fallen. */
function groundOf({ isUp, status, leavesInMs }: StatsRow): "" | "is-down" | "is-out" {
  if (status === "MAINT" || leavesInMs !== undefined) return "is-out";
  return isUp ? "" : "is-down";
}

/** What is nothing steps back, so that what is something is seen. */
function faded(cell: string | number): string | number {
  return cell === 0 || cell === "0 B" || cell === "0s" ? `<span class="zero">${cell}</span>` : cell;
}

function classOf(column: Column): string {
  if (column.isText) return ' class="text"';
  return FIRST.has(column) ? ' class="first"' : "";
}

function certificates({ certificates, epochMs }: StatsSnapshot): string {
  return certificates
    .map(({ name, hostnames, app, endMs }) => {
      const use = app === undefined ? hostnames.join(" ") : `shown to backends of ${app}`;
      return endLine(`certificate ${name} (${use})`, endMs, endMs - CERTIFICATE_DOUBT_MS, epochMs);
    })
    .join("");
}

function revocationLists({ revocationLists, epochMs }: StatsSnapshot): string {
  return revocationLists
    .filter(({ endMs }) => endMs !== Number.POSITIVE_INFINITY)
    .map(({ issuer, endMs, warnedMs }) => endLine(`revocation list of ${issuer}`, endMs, warnedMs, epochMs))
    .join("");
}

/** @param doubtMs  from when on its end is near */
function endLine(what: string, endMs: number, doubtMs: number, epochMs: number): string {
  const leftMs = endMs - epochMs;
  const standing = leftMs <= 0 ? "down" : epochMs > doubtMs ? "doubt" : "up";
  const end = leftMs <= 0 ? `ended ${formatAge(-leftMs)} ago` : `ends in ${formatAge(leftMs)}`;
  return `<p><span class="${standing}">${escapeHtml(`${what} ${end}`)}</span></p>\n`;
}

/** Two weeks, as `lbctl status` warns. */
const CERTIFICATE_DOUBT_MS = 1_209_600_000;

function summary({ release, runtime, pid, uptimeMs, connections, connectionsMax, rows }: StatsSnapshot): string {
  const backends = rows.filter(({ kind }) => kind === "backend");
  const down = backends.filter(({ isUp }) => !isUp).length;
  const health =
    down === 0
      ? `<span class="up">${backends.length} backends, none down</span>`
      : `<span class="down">${down} of ${backends.length} backends down</span>`;
  const process = `lbpair-proxy ${release.slice(0, 12)} on ${runtime}, pid ${pid}, up ${formatAge(uptimeMs)}`;
  return `${health} · ${escapeHtml(`${process}, ${connections} of ${connectionsMax} connections`)}`;
}
