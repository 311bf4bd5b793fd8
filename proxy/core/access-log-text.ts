import type { AccessRecord } from "./access-log.ts";
import { JsonLines } from "./json-lines.ts";
import type { LineWriter } from "./line-writer.ts";
import type { CookieFate } from "./persistence.ts";

// The access log for people and programs that know Apache's or HAProxy's.

/** What writes lines of a format, without their ends. */
export function lineFormatOf(format: "json" | "combined" | "httplog"): (out: LineWriter, record: AccessRecord) => void {
  if (format === "combined") return (out, record) => out.text(formatCombinedLine(record));
  if (format === "httplog") return (out, record) => out.text(formatHttplogLine(record));
  const lines = new JsonLines();
  return (out, record) => lines.write(out, record);
}

/**
 * Apache's combined format. The count of octets is that of the whole response, its head included, as HAProxy's.
 *
 *     192.0.2.1 - - [22/Nov/2026:12:00:00 +0000] "GET /app1/ HTTP/1.1" 200 1234 "referer" "user agent"
 */
export function formatCombinedLine(record: AccessRecord): string {
  const { head, status, bytesOut } = record;
  const [referer, userAgent] = ["referer", "user-agent"].map((name) => head?.fields.firstNamed(name));
  const { day, month, year, time } = clock(record.epochMs);
  return (
    `${hostOnly(record.client)} - - [${day}/${month}/${year}:${time} +0000] "${requestLine(record)}" ${status} ` +
    `${bytesOut} "${quoted(referer ?? "-")}" "${quoted(userAgent ?? "-")}"`
  );
}

/**
 * HAProxy's `option httplog`:
 *
 *     client:port [accept date] frontend backend/server TR/Tw/Tc/Tr/Ta status bytes CC CS tsc
 *     actconn/feconn/beconn/srvconn/retries srv_queue/backend_queue "request"
 */
export function formatHttplogLine(record: AccessRecord): string {
  const { day, month, year, time, ms } = clock(record.epochMs);
  const frontend = `${record.listener}${record.isSecure ? "~" : ""}`;
  const place = record.app === undefined ? `${frontend}/<NOSRV>` : `${record.app}/${record.backend ?? "<NOSRV>"}`;
  return (
    `${record.client} [${day}/${month}/${year}:${time}.${ms}] ${frontend} ${place} ${timers(record)} ` +
    `${record.status === 0 ? -1 : record.status} ${record.bytesOut} - - ${record.termination}${cookieLetters(record)} ` +
    `${concurrencyText(record)} "${record.head === undefined ? "<BADREQ>" : requestLine(record)}"`
  );
}

/** actconn/feconn/beconn/srvconn/retries srv_queue/backend_queue */
export function concurrencyText(record: Pick<AccessRecord, "concurrency" | "hasMoved" | "retries" | "ahead">): string {
  const { connections, listener, app, backend } = record.concurrency;
  const retries = `${record.hasMoved ? "+" : ""}${record.retries}`;
  return `${connections}/${listener}/${app}/${backend}/${retries} ${record.ahead.backend}/${record.ahead.app}`;
}

/** Head complete, waited, connected, answered, all: each from the one before; -1: not reached. */
function timers({ requestMs, queueMs, connectMs, responseMs, totalMs }: AccessRecord): string {
  const between = (from: number, to: number) => (from < 0 || to < 0 ? -1 : Math.max(0, Math.round(to - from)));
  return [
    between(0, requestMs),
    between(requestMs, queueMs),
    between(queueMs, connectMs),
    between(connectMs, responseMs),
    Math.round(totalMs),
  ].join("/");
}

const REQUEST_LETTER: Readonly<Record<CookieFate, string>> = {
  none: "N",
  valid: "V",
  invalid: "I",
  down: "D",
  expired: "E",
  old: "O",
};

/** HAProxy's third and fourth letter: what the client's cookie was, and what was done about it. */
function cookieLetters({ cookie, cookieAnswer }: AccessRecord): string {
  if (cookieAnswer === undefined) return "--";
  return REQUEST_LETTER[cookie] + { none: "N", inserted: "I", deleted: "D", updated: "U" }[cookieAnswer];
}

function requestLine({ head, protocol }: AccessRecord): string {
  return head === undefined ? "-" : quoted(`${head.method} ${head.path}${head.query} ${protocol}`);
}

/** As Apache does it: what could end the field, or the line, is written in hexadecimal. */
function quoted(text: string): string {
  return text.replace(/["\\]|[^ -~]/g, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Client without its port. */
export function hostOnly(client: string): string {
  return client.slice(0, client.lastIndexOf(":"));
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Parts of a time, UTC. */
export function clock(epochMs: number) {
  const text = new Date(epochMs).toISOString();
  return {
    year: text.slice(0, 4),
    month: MONTHS[Number(text.slice(5, 7)) - 1] ?? "",
    day: text.slice(8, 10),
    time: text.slice(11, 19),
    ms: text.slice(20, 23),
  };
}
