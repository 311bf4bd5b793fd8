import { handshakeFaultTotal } from "./handshake.ts";
import type { StatsRow } from "./stats.ts";

// HAProxy's CSV: scrapers find columns by these names. Its own rule is that nothing
// is ever inserted before a column that stands; what we don't have is empty.

type Column = readonly [name: string, value: (row: StatsRow, index: number) => string | number | undefined];

const empty = () => undefined;
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : Math.floor(ms / 1_000));
/** A value that only some kinds of rows have. */
const only =
  (kinds: readonly StatsRow["kind"][], value: (row: StatsRow) => string | number | undefined) => (row: StatsRow) =>
    kinds.includes(row.kind) ? value(row) : undefined;
const upstream = (value: (row: StatsRow) => number) => only(["app", "backend"], value);
const listener = (value: (row: StatsRow) => number) => only(["listener"], value);
const checked = (value: (check: NonNullable<StatsRow["check"]>) => string | number | undefined) => (row: StatsRow) =>
  row.check === undefined ? undefined : value(row.check);
/** Where nothing is known of responses, HAProxy has nothing. */
const responses = (digit: number) => (row: StatsRow) => (row.mode === "tcp" ? undefined : row.traffic.responses[digit]);

/** Mean of all requests, ms; HAProxy's is of the last 1024. */
const average = (field: "queueMs" | "connectMs" | "responseMs" | "totalMs") =>
  upstream(({ traffic }) => (traffic.requestsTotal === 0 ? 0 : Math.round(traffic[field] / traffic.requestsTotal)));

const TYPE = { listener: 0, app: 1, backend: 2 };

const COLUMNS: readonly Column[] = [
  ["pxname", ({ group }) => group],
  ["svname", ({ name }) => name],
  ["qcur", upstream(({ traffic }) => traffic.queued)],
  ["qmax", upstream(({ traffic }) => traffic.queuedMax)],
  ["scur", ({ traffic }) => traffic.sessions],
  ["smax", ({ traffic }) => traffic.sessionsMax],
  ["slim", ({ sessionsLimit }) => sessionsLimit],
  ["stot", ({ traffic }) => traffic.sessionsTotal],
  ["bin", ({ traffic }) => traffic.bytesIn],
  ["bout", ({ traffic }) => traffic.bytesOut],
  ["dreq", only(["listener", "app"], ({ traffic }) => traffic.denied)],
  ["dresp", () => 0],
  ["ereq", listener(({ traffic }) => traffic.requestErrors)],
  ["econ", upstream(({ traffic }) => traffic.connectErrors)],
  ["eresp", upstream(({ traffic }) => traffic.responseErrors)],
  ["wretr", upstream(({ traffic }) => traffic.retries)],
  ["wredis", upstream(({ traffic }) => traffic.redispatches)],
  ["status", ({ status }) => status],
  ["weight", upstream(({ weight }) => weight)],
  ["act", upstream(({ active }) => active)],
  ["bck", upstream(({ backup }) => backup)],
  ["chkfail", checked(({ failures }) => failures)],
  ["chkdown", checked(({ downs }) => downs)],
  ["lastchg", checked(({ sinceMs }) => seconds(sinceMs))],
  ["downtime", checked(({ downtimeMs }) => seconds(downtimeMs))],
  ["qlimit", ({ queueLimit }) => queueLimit],
  ["pid", () => 1],
  ["iid", (_, index) => index + 1],
  ["sid", ({ kind }, index) => (kind === "backend" ? index + 1 : 0)],
  ["throttle", ({ throttlePercent }) => throttlePercent],
  ["lbtot", upstream(({ traffic }) => traffic.sessionsTotal)],
  ["tracked", empty],
  ["type", ({ kind }) => TYPE[kind]],
  ["rate", ({ rate }) => rate],
  ["rate_lim", empty],
  ["rate_max", ({ traffic }) => traffic.rate.max],
  ["check_status", checked(({ code }) => code)],
  ["check_code", checked(({ status }) => (status === 0 ? undefined : status))],
  ["check_duration", checked(({ durationMs }) => Math.round(durationMs))],
  ["hrsp_1xx", responses(1)],
  ["hrsp_2xx", responses(2)],
  ["hrsp_3xx", responses(3)],
  ["hrsp_4xx", responses(4)],
  ["hrsp_5xx", responses(5)],
  ["hrsp_other", responses(0)],
  ["hanafail", checked(({ suspicions }) => suspicions)],
  ["req_rate", empty],
  ["req_rate_max", empty],
  ["req_tot", ({ traffic }) => traffic.requestsTotal],
  ["cli_abrt", upstream(({ traffic }) => traffic.clientAborts)],
  ["srv_abrt", upstream(({ traffic }) => traffic.backendAborts)],
  ["comp_in", empty],
  ["comp_out", empty],
  ["comp_byp", empty],
  ["comp_rsp", empty],
  ["lastsess", empty],
  ["last_chk", empty],
  ["last_agt", empty],
  ["qtime", average("queueMs")],
  ["ctime", average("connectMs")],
  ["rtime", average("responseMs")],
  ["ttime", average("totalMs")],
  ["agent_status", empty],
  ["agent_code", empty],
  ["agent_duration", empty],
  ["check_desc", empty],
  ["agent_desc", empty],
  ["check_rise", empty],
  ["check_fall", empty],
  ["check_health", empty],
  ["agent_rise", empty],
  ["agent_fall", empty],
  ["agent_health", empty],
  ["addr", ({ address }) => address],
  ["cookie", ({ cookie }) => cookie],
  ["mode", ({ mode }) => mode],
  // Ours: when the first of a listener's certificates ends, s since 1970.
  ["cert_expiry", ({ certificateEndMs }) => seconds(certificateEndMs)],
  [
    "ssl_failed_handshake",
    ({ certificateEndMs, traffic }) =>
      certificateEndMs === undefined ? undefined : handshakeFaultTotal(traffic.handshakes),
  ],
];

/** All rows, with HAProxy's header line. */
export function renderCsv(rows: readonly StatsRow[]): string {
  const header = `# ${COLUMNS.map(([name]) => name).join(",")},`;
  const lines = rows.map((row, index) => `${COLUMNS.map(([, value]) => quote(value(row, index))).join(",")},`);
  return `${[header, ...lines].join("\n")}\n`;
}

function quote(value: string | number | undefined): string {
  const text = String(value ?? "");
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
