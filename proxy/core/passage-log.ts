import { type AccessRecord, quote, round } from "./access-log.ts";
import { clock, concurrencyText, hostOnly } from "./access-log-text.ts";

/** What the access log says of one connection that was carried as it is. */
export type PassageRecord = Pick<
  AccessRecord,
  | "epochMs"
  | "client"
  | "listener"
  | "backend"
  | "bytesIn"
  | "bytesOut"
  | "queueMs"
  | "connectMs"
  | "totalMs"
  | "retries"
  | "hasMoved"
  | "concurrency"
  | "ahead"
  | "termination"
> & { readonly serverName: string; readonly app: string };

/** Formats of a line, without its end, by the access log's format. */
export const PASSAGE_FORMATS = { json: formatJson, combined: formatCombined, httplog: formatTcplog };

function formatJson(record: PassageRecord): string {
  const { client, listener, serverName, app, backend, bytesIn, bytesOut, retries, termination } = record;
  return (
    `{"event":"connection","time":"${new Date(record.epochMs).toISOString()}","client":${quote(client)}` +
    `,"listener":${quote(listener)},"protocol":"TLS","serverName":${quote(serverName)},"app":${quote(app)}` +
    `,"backend":${quote(backend)},"bytesIn":${bytesIn},"bytesOut":${bytesOut},"queueMs":${round(record.queueMs)}` +
    `,"connectMs":${round(record.connectMs)},"totalMs":${round(record.totalMs)},"retries":${retries}` +
    `,"termination":"${termination}"}`
  );
}

/** Apache's combined format, with the name in place of a request, and without a status: nobody here has seen one. */
function formatCombined({ epochMs, client, serverName, bytesOut }: PassageRecord): string {
  const { day, month, year, time } = clock(epochMs);
  return `${hostOnly(client)} - - [${day}/${month}/${year}:${time} +0000] "TLS ${serverName}" - ${bytesOut} "-" "-"`;
}

/**
 * HAProxy's `option tcplog`, which is what it writes for connections where `httplog` is asked for:
 *
 *     client:port [accept date] frontend backend/server Tw/Tc/Tt bytes ts actconn/feconn/beconn/srvconn/retries queues
 */
function formatTcplog(record: PassageRecord): string {
  const { day, month, year, time, ms } = clock(record.epochMs);
  const { client, listener, app, backend, queueMs, connectMs, totalMs, bytesOut, termination } = record;
  const times = [queueMs, connectMs < 0 ? -1 : connectMs - queueMs, totalMs].map((each) => Math.round(each)).join("/");
  return (
    `${client} [${day}/${month}/${year}:${time}.${ms}] ${listener} ${app}/${backend ?? "<NOSRV>"} ${times} ` +
    `${bytesOut} ${termination} ${concurrencyText(record)}`
  );
}
