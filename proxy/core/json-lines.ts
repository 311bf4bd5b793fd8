import type { RequestHead } from "../wire/message.ts";
import type { Octets } from "../wire/pieces.ts";
import type { AccessRecord } from "./access-log.ts";
import type { LineWriter } from "./line-writer.ts";

// The access log's default format, written at every request: only what may need it is quoted. A method is a token, an
// authority has the octets of host names (wire/target.ts), names are letters, digits, `_` and `-` (config/values.ts):
// none of them can end a text in JSON.

/** Writes lines of JSON, one per exchange, without their ends. */
export class JsonLines {
  #second = 0;
  #secondText = "";

  write(out: LineWriter, record: AccessRecord): void {
    this.#writeTime(out, record.epochMs);
    out.text('Z","client":');
    out.quoted(record.client);
    if (record.clientCertificate !== undefined) {
      out.text(',"clientCertificate":');
      out.quoted(record.clientCertificate);
    }
    out.text(',"listener":"');
    out.text(record.listener);
    out.text('","protocol":"');
    out.text(record.protocol);
    if (record.head === undefined) out.text('"');
    else writeRequest(out, record.head);
    if (record.app !== undefined) writeRoute(out, record.app, record);
    writeOutcome(out, record);
    out.text("}");
  }

  /** ISO 8601, UTC, but for the zone. */
  #writeTime(out: LineWriter, epochMs: number): void {
    const wholeMs = Math.floor(epochMs);
    const second = Math.floor(wholeMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1_000).toISOString().slice(0, -"000Z".length);
    }
    const ms = wholeMs - second * 1_000;
    out.text('{"event":"request","time":"');
    out.text(this.#secondText);
    out.integer(Math.floor(ms / 100));
    out.integer(Math.floor(ms / 10) % 10);
    out.integer(ms % 10);
  }
}

/** Behind the protocol's last octet. */
function writeRequest(out: LineWriter, { method, authority, path, query, fields }: RequestHead): void {
  out.text('","method":"');
  out.text(method);
  out.text('","host":"');
  out.text(authority);
  out.text('","path":');
  out.quoted(query === "" ? path : path + query);
  out.text(',"referer":');
  writeOctets(out, fields.octetsNamed("referer"));
  out.text(',"userAgent":');
  writeOctets(out, fields.octetsNamed("user-agent"));
}

function writeOctets(out: LineWriter, octets: Octets | undefined): void {
  if (octets === undefined) out.text("null");
  else out.quotedOctets(octets);
}

function writeRoute(out: LineWriter, app: string, { backend, cookie }: AccessRecord): void {
  out.text(',"app":"');
  out.text(app);
  out.text('","backend":');
  out.quoted(backend);
  out.text(',"cookie":"');
  out.text(cookie);
  out.text('"');
}

function writeOutcome(out: LineWriter, record: AccessRecord): void {
  out.text(',"status":');
  out.integer(record.status);
  out.text(',"bytesIn":');
  out.integer(record.bytesIn);
  out.text(',"bytesOut":');
  out.integer(record.bytesOut);
  out.text(',"requestMs":');
  out.tenths(record.requestMs);
  out.text(',"queueMs":');
  out.tenths(record.queueMs);
  out.text(',"connectMs":');
  out.tenths(record.connectMs);
  out.text(',"responseMs":');
  out.tenths(record.responseMs);
  out.text(',"totalMs":');
  out.tenths(record.totalMs);
  out.text(',"retries":');
  out.integer(record.retries);
  out.text(',"termination":"');
  out.text(record.termination);
  out.text('"');
  writeIfSaid(out, ',"requestId":', record.requestId);
  writeIfSaid(out, ',"because":', record.because);
}

function writeIfSaid(out: LineWriter, name: string, value: string | undefined): void {
  if (value === undefined) return;
  out.text(name);
  out.quoted(value);
}
