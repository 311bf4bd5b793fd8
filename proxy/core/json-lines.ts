import type { Fields } from "../wire/fields.ts";
import type { RequestHead } from "../wire/message.ts";
import { type AccessRecord, quote, round } from "./access-log.ts";

// The access log's default format, written at every request: what one request's line has in common with the ones
// before is kept, and only what may need it is quoted. A method is a token, an authority has the octets of host names
// (wire/target.ts), names are letters, digits, `_` and `-` (config/values.ts): none of them can end a text in JSON.

/** Milliseconds of a second, as a time ends. */
const MILLISECONDS: readonly string[] = Array.from({ length: 1_000 }, (_, ms) => `${String(ms).padStart(3, "0")}Z`);
/** Durations in tenths of a millisecond, as numbers in JSON: nearly all are short, and writing a fraction is slow. */
const TENTHS: readonly string[] = Array.from({ length: 1_000 }, (_, tenths) => String(tenths / 10));

/** Writes lines of JSON, one per exchange, without their ends. */
export class JsonLines {
  #second = 0;
  #secondText = "";
  /** Where from and with what, by the fields that say so: a client repeats them from request to request. */
  readonly #said = new WeakMap<Fields, string>();

  format(record: AccessRecord): string {
    const { head } = record;
    const request = head === undefined ? "" : this.#request(head);
    const route =
      record.app === undefined
        ? ""
        : `,"app":"${record.app}","backend":${record.backend === undefined ? "null" : `"${record.backend}"`},"cookie":"${record.cookie}"`;
    const { clientCertificate } = record;
    const certificate = clientCertificate === undefined ? "" : `,"clientCertificate":${quote(clientCertificate)}`;
    const requestId = record.requestId === undefined ? "" : `,"requestId":${quote(record.requestId)}`;
    const because = record.because === undefined ? "" : `,"because":${quote(record.because)}`;
    return (
      `{"event":"request","time":"${this.#time(record.epochMs)}","client":${quote(record.client)}${certificate}` +
      `,"listener":"${record.listener}","protocol":"${record.protocol}"${request}${route}` +
      `,"status":${record.status},"bytesIn":${record.bytesIn},"bytesOut":${record.bytesOut}` +
      `,"requestMs":${tenthsText(record.requestMs)},"queueMs":${tenthsText(record.queueMs)},"connectMs":${tenthsText(record.connectMs)}` +
      `,"responseMs":${tenthsText(record.responseMs)},"totalMs":${tenthsText(record.totalMs)}` +
      `,"retries":${record.retries},"termination":"${record.termination}"${requestId}${because}}`
    );
  }

  #request({ method, authority, path, query, fields }: RequestHead): string {
    return `,"method":"${method}","host":"${authority}","path":${quote(path + query)}${this.#saidIn(fields)}`;
  }

  #saidIn(fields: Fields): string {
    const known = this.#said.get(fields);
    if (known !== undefined) return known;
    const said = `,"referer":${quote(fields.firstNamed("referer"))},"userAgent":${quote(fields.firstNamed("user-agent"))}`;
    this.#said.set(fields, said);
    return said;
  }

  /** ISO 8601, UTC. */
  #time(epochMs: number): string {
    const wholeMs = Math.floor(epochMs);
    const second = Math.floor(wholeMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1_000).toISOString().slice(0, -"000Z".length);
    }
    return this.#secondText + MILLISECONDS[wholeMs - second * 1_000];
  }
}

function tenthsText(ms: number): string {
  return ms < 0 ? "-1" : (TENTHS[Math.round(ms * 10)] ?? String(round(ms)));
}
