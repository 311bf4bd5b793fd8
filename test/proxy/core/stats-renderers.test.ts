import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBasic } from "../../../proxy/core/basic-auth.ts";
import { countHandshakeFault } from "../../../proxy/core/handshake.ts";
import { renderMetrics } from "../../../proxy/core/metrics.ts";
import { buildRows, type CheckReport, type StatsSnapshot } from "../../../proxy/core/stats.ts";
import { renderCsv } from "../../../proxy/core/stats-csv.ts";
import { formatAge } from "../../../proxy/core/stats-format.ts";
import { renderPage } from "../../../proxy/core/stats-page.ts";
import { beginSession, countExchange, currentRate, NO_TIME, newTraffic } from "../../../proxy/core/traffic.ts";
import { appOf, backendOf, setOperator, setUp } from "../lib/core-values.ts";

const check: CheckReport = {
  text: "UP",
  code: "L7OK",
  status: 200,
  durationMs: 3.4,
  sinceMs: 61_000,
  suspicions: 0,
  failures: 2,
  downs: 1,
  downtimeMs: 5_000,
};

function snapshot(): StatsSnapshot {
  const app = appOf("/app1/", {
    backends: { web1: { address: "10.0.0.1:80" }, web2: { address: "10.0.0.2:80", isBackup: true } },
  });
  setUp(app, "web2", false);
  const spent = { ...NO_TIME, connectMs: 4 };
  const facts = { spent, bytesIn: 5, bytesOut: 100, ending: { kind: "complete" }, stage: "data" } as const;
  for (const traffic of [app.traffic, backendOf(app, "web1").state.traffic]) {
    beginSession(traffic, 1_000);
    countExchange(traffic, { ...facts, status: 200 });
    countExchange(traffic, {
      ...facts,
      status: 503,
      ending: { kind: "failed", failure: "closedEarly" },
      stage: "headers",
    });
  }
  const https = newTraffic();
  for (const fault of ["badCertificate", "left", "left"] as const) countHandshakeFault(https.handshakes, fault);
  const rows = buildRows(
    new Map([["https", https]]),
    [app],
    100,
    ({ name }) => (name === "web1" ? check : undefined),
    2_500,
  );
  return {
    hostName: "lb<1>",
    release: "r",
    runtime: "bun 1.4.5",
    pid: 7,
    uptimeMs: 90_061_000,
    connections: 3,
    connectionsMax: 100,
    droppedLines: 12,
    rows: rows.map((row) => (row.kind === "listener" ? { ...row, certificateEndMs: 1_800_000_000_999 } : row)),
    certificates: [
      { name: "main", hostnames: ["a.example", "b.example"], app: undefined, endMs: 1_800_000_000_999 },
      { name: "app-shop", hostnames: [], app: "shop", endMs: 1_900_000_000_000 },
    ],
    revocationLists: [
      { issuer: "O=<Acme>, CN=Clients", endMs: 1_800_000_000_999, warnedMs: 1_799_900_000_000 },
      { issuer: "CN=quiet", endMs: 1_900_000_000_000, warnedMs: 1_890_000_000_000 },
      { issuer: "CN=endless", endMs: Number.POSITIVE_INFINITY, warnedMs: Number.POSITIVE_INFINITY },
    ],
    epochMs: 1_799_913_600_999,
  };
}

test("the CSV has HAProxy's names, and values under them", () => {
  const [header = "", ...lines] = renderCsv(snapshot().rows).trimEnd().split("\n");
  assert.match(header, /^# pxname,svname,/);
  const names = header.slice(2).split(",");
  const rows = lines.map((line) => Object.fromEntries(line.split(",").map((value, index) => [names[index], value])));
  const pick = (index: number, ...keys: string[]) => keys.map((key) => rows[index]?.[key]);
  assert.deepEqual(pick(0, "pxname", "svname", "type", "slim", "status", "econ"), [
    "https",
    "FRONTEND",
    "0",
    "100",
    "OPEN",
    "",
  ]);
  assert.deepEqual(
    pick(
      1,
      "pxname",
      "svname",
      "type",
      "scur",
      "stot",
      "bin",
      "bout",
      "eresp",
      "status",
      "check_status",
      "check_code",
      "lastchg",
      "hrsp_2xx",
      "hrsp_5xx",
      "rate",
      "addr",
      "cookie",
    ),
    ["app1", "web1", "2", "1", "1", "10", "200", "1", "UP", "L7OK", "200", "61", "1", "1", "1", "10.0.0.1:80", "web1"],
  );
  assert.deepEqual(pick(2, "svname", "act", "bck", "status"), ["web2", "0", "1", "no check"]);
  assert.deepEqual(pick(3, "svname", "type", "status", "act", "bck", "weight", "cookie"), [
    "BACKEND",
    "1",
    "UP",
    "1",
    "0",
    "1",
    "SRVID_app1",
  ]);
});

test("the page shows every row, escapes what it shows, and hides what is down on request", () => {
  const page = renderPage(snapshot(), "/stats", { isDownHidden: false });
  assert.match(page, /<h1>lb&lt;1&gt;<\/h1>/);
  assert.match(page, /<span class="down">1 of 2 backends down<\/span> · .*, up 1d 1h, 3 of 100 connections/);
  assert.match(
    page,
    /<th scope="row" class="text">web1<\/th><td class="text"><span class="up">UP<\/span><\/td><td class="text">1m 1s<\/td><td class="text">L7OK\/200 in 3 ms<\/td>/,
  );
  assert.match(page, /<tr class="is-down"><th scope="row" class="text">web2<\/th>/);
  assert.doesNotMatch(renderPage(snapshot(), "/stats", { isDownHidden: true }), /web2/);
  assert.doesNotMatch(page, /<script/);
  // HAProxy's groups, and as many cells in every row as there are columns.
  const groups = [...page.matchAll(/<th colspan="(\d+)">([^<]*)/g)].slice(0, 11);
  assert.equal(
    groups.map(([, , title]) => title).join(),
    "Server,Queue,Per second,Sessions,Bytes,Denied,Errors,Warnings,Responses,Mean time,Checks",
  );
  const width = groups.reduce((sum, [, span]) => sum + Number(span), 0);
  const rows = [...page.matchAll(/<tr[^>]*><th scope="row".*<\/tr>/g)];
  assert.equal(rows.length, 4);
  for (const [row] of rows) assert.equal(row.split("<td").length, width);
  assert.match(page, /<td>4.0 ms<\/td>/); // to connect
});

test("what operators have taken out, and what is leaving, has words of its own and is no alarm", () => {
  const app = appOf("/app1/");
  setOperator(app, "a", "maint");
  const [, b] = app.backends;
  if (b === undefined) throw new Error("no backend b");
  const leaving = { ...app, drainRemovedMs: 60_000, backends: [backendOf(app, "a"), { ...b, removedMs: 1_000 }] };
  const rows = buildRows(new Map(), [leaving], 1, () => undefined, 11_000);
  const page = renderPage({ ...snapshot(), rows }, "/stats", { isDownHidden: false });
  assert.match(page, /<tr class="is-out"><th [^>]*>a<\/th><td class="text"><span class="doubt">MAINT</);
  const words = "DRAIN, removed, leaves in 50s";
  assert.match(page, new RegExp(`<tr class="is-out"><th [^>]*>b</th><td class="text"><span class="doubt">${words}<`));
  assert.match(renderCsv(rows), /\napp1,b,[^\n]*,DRAIN,/);
  // New sessions have nowhere to go.
  assert.deepEqual([rows[2]?.status, rows[2]?.active], ["DOWN", 0]);
});

test("metrics have a type each and a line for each listener, app and backend", () => {
  const metrics = renderMetrics(snapshot());
  assert.match(
    metrics,
    /^# HELP lbpair_info .*\n# TYPE lbpair_info gauge\nlbpair_info\{host="lb<1>",release="r",runtime="bun 1.4.5"\} 1\n/,
  );
  assert.match(
    metrics,
    /\nlbpair_backend_up\{app="app1",backend="web1"\} 1\nlbpair_backend_up\{app="app1",backend="web2"\} 0\n/,
  );
  assert.match(metrics, /\nlbpair_access_log_dropped_lines_total 12\n/);
  assert.match(metrics, /\nlbpair_app_responses_total\{app="app1",code="5xx"\} 1\n/);
  const names = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  assert.equal(new Set(names).size, names.length, "each metric is declared once");
  for (const line of metrics.trimEnd().split("\n")) assert.match(line, /^(#|[a-z_]+(\{[^}]*\})? \d+$)/);
});

test("ages have two units", () => {
  assert.deepEqual([0, 999, 1_000, 61_000, 3_600_000, 90_061_000].map(formatAge), [
    "0s",
    "0s",
    "1s",
    "1m 1s",
    "1h 0m",
    "1d 1h",
  ]);
});

test("the rate is that of the last full second", () => {
  const traffic = newTraffic();
  for (const nowMs of [1_000, 1_500, 1_999]) beginSession(traffic, nowMs);
  assert.deepEqual([currentRate(traffic, 1_999), currentRate(traffic, 2_000), currentRate(traffic, 3_000)], [0, 3, 0]);
  assert.equal(traffic.rate.max, 3);
});

test("RFC7617: user and password", () => {
  assert.deepEqual(decodeBasic(`Basic ${btoa("admin:a:b")}`), { user: "admin", password: "a:b" });
  assert.deepEqual(decodeBasic("basic w7w6w6Q="), { user: "ü", password: "ä" });
  for (const value of [
    "",
    "Bearer x",
    "Basic",
    `Basic ${btoa("admin")}`,
    "Basic !",
    "Basic gICA",
    `Basic ${"A".repeat(2_000)}`,
  ]) {
    assert.equal(decodeBasic(value), undefined, value);
  }
});

test("the end of each certificate is on the page, in the CSV behind HAProxy's columns, and in the metrics by name", () => {
  const page = renderPage(snapshot(), "/stats", { isDownHidden: false });
  assert.match(page, /<span class="doubt">certificate main \(a\.example b\.example\) ends in 1d 0h<\/span>/);
  assert.match(page, /<span class="up">certificate app-shop \(shown to backends of shop\) ends in \d+d \d+h<\/span>/);
  const ended = renderPage({ ...snapshot(), epochMs: 1_800_003_600_999 }, "/stats", { isDownHidden: false });
  assert.match(ended, /<span class="down">certificate main \(a\.example b\.example\) ended 1h 0m ago<\/span>/);
  const [header = "", listener = "", backend = ""] = renderCsv(snapshot().rows).split("\n");
  assert.match(header, /,mode,cert_expiry,ssl_failed_handshake,$/);
  assert.match(listener, /,http,1800000000,3,$/);
  assert.match(backend, /,http,,,$/);
  const metric = "lbpair_certificate_expiry_timestamp_seconds";
  assert.match(
    renderMetrics(snapshot()),
    new RegExp(
      `\n${metric}\\{name="main",hostname="a\\.example"\\} 1800000000\n${metric}\\{name="main",hostname="b\\.example"\\} 1800000000\n${metric}\\{name="app-shop",app="shop"\\} 1900000000\n`,
    ),
  );
});

test("the end of each list of revoked certificates is on the page and in the metrics; of one without an end, nothing", () => {
  const page = renderPage(snapshot(), "/stats", { isDownHidden: false });
  assert.match(
    page,
    /<span class="doubt">revocation list of O=&lt;Acme&gt;, CN=Clients ends in 1d 0h<\/span><\/p>\n<p><span class="up">revocation list of CN=quiet ends in \d+d \d+h<\/span><\/p>\n<nav>/,
  );
  const ended = renderPage({ ...snapshot(), epochMs: 1_800_003_600_999 }, "/stats", { isDownHidden: false });
  assert.match(ended, /<span class="down">revocation list of O=&lt;Acme&gt;, CN=Clients ended 1h 0m ago<\/span>/);
  const metric = "lbpair_revocation_list_expiry_timestamp_seconds";
  assert.match(
    renderMetrics(snapshot()),
    new RegExp(
      `\n${metric}\\{issuer="O=<Acme>, CN=Clients"\\} 1800000000\n${metric}\\{issuer="CN=quiet"\\} 1900000000\n#`,
    ),
  );
});

test("handshakes that failed are on the page by listener, and in the metrics by reason, also those that have not come", () => {
  const cells = /<th scope="row" class="text">https<\/th>.*/.exec(
    renderPage(snapshot(), "/stats", { isDownHidden: false }),
  );
  assert.match(cells?.[0] ?? "", /<td class="first">3<\/td><td><span class="zero">0<\/span><\/td>/);
  assert.deepEqual(renderMetrics(snapshot()).match(/^lbpair_listener_handshakes_failed_total.*$/gm), [
    'lbpair_listener_handshakes_failed_total{listener="https",reason="noCertificate"} 0',
    'lbpair_listener_handshakes_failed_total{listener="https",reason="badCertificate"} 1',
    'lbpair_listener_handshakes_failed_total{listener="https",reason="refusedByClient"} 0',
    'lbpair_listener_handshakes_failed_total{listener="https",reason="noTls"} 0',
    'lbpair_listener_handshakes_failed_total{listener="https",reason="timedOut"} 0',
    'lbpair_listener_handshakes_failed_total{listener="https",reason="left"} 2',
  ]);
});
