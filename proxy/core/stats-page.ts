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
body{font:14px/1.4 system-ui,sans-serif;margin:1.5rem;}
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
.groups th{text-align:center;border-bottom:0}
.first,.groups th+th{border-left:1px solid var(--line)}
tr.is-down{background:#c8372d22}`;

const COLUMNS = COLUMN_GROUPS.flatMap(({ columns }) => columns);
/** Columns that begin a group have a line before them. */
const FIRST = new Set(COLUMN_GROUPS.slice(1).map(({ columns }) => columns[0]));

function table(name: string, rows: readonly StatsRow[]): string {
  const groups = COLUMN_GROUPS.map(({ title, columns }) => `<th colspan="${columns.length}">${title}</th>`).join("");
  const heads = COLUMNS.map((column) => `<th scope="col"${classOf(column)}>${column.title}</th>`).join("");
  const body = rows.map((row) => {
    const cells = COLUMNS.map((column) => `<td${classOf(column)}>${column.cell(row)}</td>`).join("");
    const classes = [row.kind === "app" ? "sum" : "", row.isUp ? "" : "is-down"]
      .filter((word) => word !== "")
      .join(" ");
    return `<tr${classes === "" ? "" : ` class="${classes}"`}>${cells}</tr>`;
  });
  return `<h2>${escapeHtml(name)}</h2>
<div class="scroll"><table><thead><tr class="groups">${groups}</tr><tr>${heads}</tr></thead><tbody>
${body.join("\n")}
</tbody></table></div>`;
}

function classOf(column: Column): string {
  if (column.isText) return ' class="text"';
  return FIRST.has(column) ? ' class="first"' : "";
}

function summary({ release, runtime, pid, uptimeMs, connections, connectionsMax }: StatsSnapshot): string {
  return escapeHtml(
    `lbpair-proxy ${release.slice(0, 12)} on ${runtime}, pid ${pid}, up ${formatAge(uptimeMs)}, ${connections} of ${connectionsMax} connections`,
  );
}
