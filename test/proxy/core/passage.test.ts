import assert from "node:assert/strict";
import { test } from "node:test";
import { passthroughSchema, servedAs } from "../../../config/passthrough.ts";
import { type App, compileApp } from "../../../proxy/core/app.ts";
import { buildPassage } from "../../../proxy/core/passage.ts";
import { PASSAGE_FORMATS, type PassageRecord } from "../../../proxy/core/passage-log.ts";
import { buildPassthroughs, selectPassthrough } from "../../../proxy/core/passthrough.ts";
import { hashKeyOf } from "../../../proxy/core/request.ts";
import { type Occasion, selectBackend } from "../../../proxy/core/select.ts";
import { buildRows } from "../../../proxy/core/stats.ts";
import { renderCsv } from "../../../proxy/core/stats-csv.ts";
import { appOf, NOTHING_KEPT } from "../lib/core-values.ts";

function passed(name: string, hostnames: string[], more: object = {}): App {
  const backends = {
    a: { address: "192.0.2.1:443" },
    b: { address: "192.0.2.2:443" },
    c: { address: "192.0.2.3:443" },
  };
  const config = passthroughSchema.parse({ passthrough: name, hostnames, backends, ...more });
  return compileApp(servedAs(config), {}, 100, NOTHING_KEPT);
}

const PEER = {
  address: "192.0.2.99",
  port: 4711,
  isTrusted: false,
  subject: undefined,
  certificateLines: "",
  last: undefined,
};

test("the name decides, a whole one before a wildcard, on whichever side it stands", () => {
  const apps = [
    passed("shop", ["shop.example.com"]),
    passed("all", ["*.example.com"]),
    appOf("/x/", { hostnames: ["blog.example.com"] }),
  ];
  const table = buildPassthroughs(apps, ["www.example.com", "*.shop.example.com"]);
  const appFor = (name: string) => table && selectPassthrough(table, name)?.name;
  assert.deepEqual(
    [
      "shop.example.com",
      "any.example.com",
      "www.example.com",
      "blog.example.com",
      "a.b.example.com",
      "example.com",
      "",
    ].map(appFor),
    ["shop", "all", undefined, undefined, undefined, undefined, undefined],
  );
});

test("without an app of the kind there is nothing to look for", () => {
  assert.equal(buildPassthroughs([appOf("/x/")], ["example.com"]), undefined);
});

test("with hash, an address finds the same backend again, and others find others", () => {
  const app = passed("shop", ["shop.example.com"], { balance: { algorithm: "hash", hashLoadPercent: 0 } });
  const backendFor = (address: string) => {
    const hashKey = hashKeyOf(buildPassage(app, "shop.example.com", { ...PEER, address }));
    const occasion: Occasion = { nowMs: 0, random: () => 0, hashKey };
    return selectBackend(app, [], occasion)?.name;
  };
  const addresses = Array.from({ length: 30 }, (_, index) => `192.0.2.${index}`);
  assert.equal(new Set(addresses.map(backendFor)).size, 3);
  assert.deepEqual(addresses.map(backendFor), addresses.map(backendFor));
});

const RECORD: PassageRecord = {
  epochMs: Date.UTC(2026, 10, 27, 12, 0, 0, 7),
  client: "192.0.2.99:4711",
  listener: "https",
  serverName: "shop.example.com",
  app: "shop",
  backend: "web1",
  bytesIn: 100,
  bytesOut: 2_000,
  queueMs: 0.24,
  connectMs: 1.5,
  totalMs: 1_234.56,
  retries: 1,
  hasMoved: true,
  concurrency: { connections: 4, listener: 3, app: 2, backend: 1 },
  ahead: { backend: 0, app: 5 },
  termination: "--",
};

test("a connection is one line in each format", () => {
  assert.equal(
    PASSAGE_FORMATS.json(RECORD),
    '{"event":"connection","time":"2026-11-27T12:00:00.007Z","client":"192.0.2.99:4711","listener":"https"' +
      ',"protocol":"TLS","serverName":"shop.example.com","app":"shop","backend":"web1","bytesIn":100,"bytesOut":2000' +
      ',"queueMs":0.2,"connectMs":1.5,"totalMs":1234.6,"retries":1,"termination":"--"}',
  );
  assert.equal(
    PASSAGE_FORMATS.combined(RECORD),
    '192.0.2.99 - - [27/Nov/2026:12:00:00 +0000] "TLS shop.example.com" - 2000 "-" "-"',
  );
  assert.equal(
    PASSAGE_FORMATS.httplog(RECORD),
    "192.0.2.99:4711 [27/Nov/2026:12:00:00.007] https shop/web1 0/1/1235 2000 -- 4/3/2/1/+1 0/5",
  );
  assert.match(
    PASSAGE_FORMATS.httplog({ ...RECORD, backend: undefined, queueMs: -1, connectMs: -1, termination: "SC" }),
    / shop\/<NOSRV> -1\/-1\/1235 2000 SC /,
  );
});

test("the CSV says tcp of such apps, and nothing of responses", () => {
  const rows = buildRows(new Map(), [passed("shop", ["shop.example.com"]), appOf("/x/")], 1, () => undefined, 0);
  const [header = "", ...lines] = renderCsv(rows).trimEnd().split("\n");
  const column = (name: string) => {
    const at = header.replace("# ", "").split(",").indexOf(name);
    return lines.map((line) => line.split(",")[at]);
  };
  assert.deepEqual(column("mode"), [...Array(4).fill("tcp"), ...Array(4).fill("http")]);
  assert.deepEqual(column("hrsp_2xx"), ["", "", "", "", "0", "0", "0", "0"]);
});
