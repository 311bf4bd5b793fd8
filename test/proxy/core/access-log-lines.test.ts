import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRecord } from "../../../proxy/core/access-log.ts";
import { formatCombinedLine, formatHttplogLine } from "../../../proxy/core/access-log-text.ts";
import { JsonLines } from "../../../proxy/core/json-lines.ts";
import { LineWriter } from "../../../proxy/core/line-writer.ts";
import { recordOf, requestOf } from "../lib/core-values.ts";

const formatJsonLine = (one: AccessRecord) => formatWith(new JsonLines(), one);

function formatWith(lines: JsonLines, one: AccessRecord): string {
  const out = new LineWriter();
  lines.write(out, one);
  return textOf(out);
}

function textOf({ bytes, length }: LineWriter): string {
  return new TextDecoder().decode(bytes.subarray(0, length));
}

const record = recordOf({});

test("a line of the access log is one line of JSON that says it all", () => {
  const line = formatJsonLine(record);
  assert.equal(
    line,
    '{"event":"request","time":"2026-11-22T12:00:00.123Z","client":"192.0.2.1:4711","listener":"https","protocol":"HTTP/1.1",' +
      '"method":"GET","host":"example.com","path":"/app1/x?y","referer":"https://example.com/","userAgent":"a \\"b\\" \\\\",' +
      '"app":"app1","backend":"web1","cookie":"valid","status":200,"bytesIn":0,"bytesOut":1234,' +
      '"requestMs":0,"queueMs":0.1,"connectMs":1.3,"responseMs":12.3,"totalMs":20,"retries":1,"termination":"--"}',
  );
});

test("a line of JSON says whose certificate the client has proved to own", () => {
  const line = formatJsonLine({ ...record, clientCertificate: "CN=alice,O=Ex\\C3\\A4mple" });
  assert.ok(
    line.includes(',"client":"192.0.2.1:4711","clientCertificate":"CN=alice,O=Ex\\\\C3\\\\A4mple","listener":'),
  );
});

test("the combined format is Apache's", () => {
  assert.equal(
    formatCombinedLine(record),
    '192.0.2.1 - - [22/Nov/2026:12:00:00 +0000] "GET /app1/x?y HTTP/1.1" 200 1234 "https://example.com/" "a \\"b\\" \\\\"',
  );
  const refused = { ...record, head: undefined, status: 400, client: "[2001:db8::1]:1" };
  assert.equal(formatCombinedLine(refused), '[2001:db8::1] - - [22/Nov/2026:12:00:00 +0000] "-" 400 1234 "-" "-"');
});

test("httplog is HAProxy's, each time from the one before, with its four letters", () => {
  const slow = { ...record, requestMs: 1, queueMs: 11, connectMs: 13, responseMs: 20, totalMs: 29.6, retries: 1 };
  assert.equal(
    formatHttplogLine(slow),
    "192.0.2.1:4711 [22/Nov/2026:12:00:00.123] https~ app1/web1 1/10/2/7/30 200 1234 - - --VN 4/3/2/1/+1 0/7 " +
      '"GET /app1/x?y HTTP/1.1"',
  );
});

test("httplog of what never reached a backend has HAProxy's places and -1", () => {
  const refused = { ...record, head: undefined, app: undefined, backend: undefined, isSecure: false, hasMoved: false };
  const times = { requestMs: -1, queueMs: -1, connectMs: -1, responseMs: -1, totalMs: 3, retries: 0 };
  const line = formatHttplogLine({ ...refused, ...times, status: 400, cookieAnswer: undefined, termination: "PR" });
  assert.match(line, / https https\/<NOSRV> -1\/-1\/-1\/-1\/3 400 1234 - - PR-- 4\/3\/2\/1\/0 0\/7 "<BADREQ>"$/);
  const full = formatHttplogLine({ ...record, backend: undefined, cookie: "expired", cookieAnswer: "inserted" });
  assert.match(full, / app1\/<NOSRV> .* --EI /);
});

test("no text of a stranger's can end a field or a line of the plain formats", () => {
  const head = requestOf("GET /x HTTP/1.1", "Host: a", 'User-Agent: \x85" 200 0 "\t').head;
  const line = formatCombinedLine({ ...record, head });
  assert.match(line, / "-" "\\x85\\" 200 0 \\"(\\x09)?"$/);
});

test("what a stranger sends can't forge a line", () => {
  const head = requestOf("GET /x HTTP/1.1", "Host: a", 'User-Agent: \x85"}\t{').head;
  const line = formatJsonLine({ ...record, head });
  assert.doesNotMatch(line, /[\n\r\t]/);
  assert.equal(JSON.parse(line).userAgent, '\x85"}\t{');
});

test("a line is the request's own, whatever the one before had in common with it", () => {
  const lines = new JsonLines();
  formatWith(lines, record);
  const { head } = record;
  if (head === undefined) throw new Error("the record has a head");
  const later = { ...head, method: "PUT", authority: "b.example.com", path: "/app1/z" };
  const line = JSON.parse(
    formatWith(lines, { ...record, epochMs: Date.UTC(2026, 10, 22, 12, 0, 1, 7) + 0.9, head: later }),
  );
  assert.deepEqual(
    [line.time, line.method, line.host, line.path, line.userAgent],
    ["2026-11-22T12:00:01.007Z", "PUT", "b.example.com", "/app1/z?y", 'a "b" \\'],
  );
  const other = requestOf("GET /x HTTP/1.1", "Host: a", "User-Agent: c").head;
  const { userAgent, referer } = JSON.parse(formatWith(lines, { ...record, head: other }));
  assert.deepEqual([userAgent, referer], ["c", null]);
});

test("durations are told to the tenth of a millisecond, and -1 where there was none", () => {
  const lines = new JsonLines();
  const durations = { requestMs: -1, queueMs: 99.94, connectMs: 99.96, responseMs: 1234.56, totalMs: 60_000 };
  const line = JSON.parse(formatWith(lines, { ...record, ...durations }));
  assert.deepEqual(
    [line.requestMs, line.queueMs, line.connectMs, line.responseMs, line.totalMs],
    [-1, 99.9, 100, 1234.6, 60_000],
  );
});

test("texts are written as UTF-8, quoted as JSON writes them, however long they are", () => {
  const out = new LineWriter();
  out.text("é€ ");
  for (const text of [undefined, "", "plain", 'a "b" \\', "\u0000\u007f\n", "é\u2028", "\ud800"]) out.quoted(text);
  out.quoted("x\n".repeat(30_000));
  out.text("!");
  const long = `"${"x\\n".repeat(30_000)}"`;
  assert.equal(textOf(out), `é€ null"""plain""a \\"b\\" \\\\""\\u0000\u007f\\n""é\u2028""\\ud800"${long}!`);
});

test("numbers are written as JSON writes them, durations to the tenth", () => {
  const out = new LineWriter();
  for (const number of [0, 9, 10, 861, 9_007_199_254_740_991]) {
    out.integer(number);
    out.text(" ");
  }
  for (const ms of [0, 0.04, 0.06, 9.96, 123.449, 60_000, -1]) {
    out.tenths(ms);
    out.text(" ");
  }
  assert.equal(textOf(out), "0 9 10 861 9007199254740991 0 0 0.1 10 123.4 60000 -1 ");
});

test("what is moved to another writer stands behind what it has, and no longer here", () => {
  const [from, to] = [new LineWriter(), new LineWriter()];
  from.text("one two");
  to.text("zero ");
  from.moveTo(to, 4);
  assert.deepEqual([textOf(from), textOf(to)], ["one ", "zero two"]);
  from.clear();
  assert.equal(textOf(from), "");
});

test("a request that was refused has a reason and nothing it did not say", () => {
  const line = JSON.parse(
    formatJsonLine({ ...record, head: undefined, app: undefined, because: "badHost", status: 400 }),
  );
  assert.deepEqual([line.because, line.path, line.app, line.status], ["badHost", undefined, undefined, 400]);
});
