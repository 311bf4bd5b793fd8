import assert from "node:assert/strict";
import { test } from "node:test";
import { appSchema } from "../../config/app.ts";
import { parseDocument, parseValue, renderDocument } from "../../config/document.ts";
import { parseApp, passthroughDocument, passthroughSchema, servedAs } from "../../config/passthrough.ts";
import { formatProblem } from "../../config/problems.ts";
import { proxySchema } from "../../config/proxy.ts";
import { relationProblems } from "../../config/relations.ts";

const SHOP = {
  passthrough: "shop",
  hostnames: ["shop.example.com"],
  backends: { web1: { address: "192.0.2.21:443" } },
};
const TEXT = '{"passthrough":"shop","hostnames":["shop.example.com"]}\n{"backend":"web1","address":"192.0.2.21:443"}\n';

test("a passthrough app is a document of its own, and read back from the files of apps", () => {
  assert.equal(renderDocument(passthroughDocument, SHOP), TEXT);
  const parsed = parseApp(TEXT);
  assert.equal(parsed.ok && parsed.value.app, "shop");
  assert.deepEqual(parsed.ok && parsed.value.passthrough, { hasProxyHeader: false });
  assert.deepEqual(parsed.ok && parsed.value.persistence.kind, "none");
  assert.deepEqual(parsed.ok && [parsed.value.check.kind, parsed.value.check.host], ["tls", "shop.example.com"]);
});

test("other apps are read as ever", () => {
  const parsed = parseApp('{"app":"app1","path":"/app1/"}\n{"backend":"web1","address":"192.0.2.21:80"}\n');
  assert.deepEqual(parsed.ok && [parsed.value.app, parsed.value.passthrough], ["app1", undefined]);
});

const REFUSED: Readonly<Record<string, readonly [fields: object, problem: string]>> = {
  "a path": [
    { path: "/shop/" },
    'shop: path: got "/shop/", want nothing: with passthrough, TLS hides paths from the proxy',
  ],
  persistence: [
    { persistence: { kind: "cookie" } },
    'shop: persistence: got {"kind":"cookie"}, want nothing: with passthrough, TLS hides cookies from the proxy',
  ],
  "a hash over a field": [
    { balance: { algorithm: "hash", hashField: "x" } },
    'shop: balance.hashField: got "x", want nothing: with passthrough, TLS hides fields from the proxy',
  ],
  "a check over http": [{ check: { kind: "http" } }, 'shop: check.kind: got "http", want one of tls, tcp, none'],
  "no hostname": [{ hostnames: [] }, "shop: hostnames: got [], want at least 1 hostname"],
  "no backend": [{ backends: {} }, "shop: backends: got {}, want 1..10000 backends"],
  "a cookie's value": [
    { backends: { web1: { address: "192.0.2.21:443", cookieValue: "x" } } },
    'shop: backends.web1.cookieValue: got "x", want nothing: with passthrough, TLS hides cookies from the proxy',
  ],
};

for (const [what, [fields, problem]] of Object.entries(REFUSED)) {
  test(`a passthrough app with ${what} is refused`, () => {
    const parsed = parseValue(passthroughSchema, { ...SHOP, ...fields });
    assert.deepEqual(parsed.ok ? [] : parsed.problems.map((each) => formatProblem("shop", each)), [problem]);
  });
}

const PROXY = proxySchema.parse({
  proxy: "lb1",
  listeners: { https: { kind: "https", port: 443 } },
  certificates: { main: { hostnames: ["example.com", "*.shop.example.com"] } },
});
const passed = (name: string, ...hostnames: string[]) =>
  servedAs(passthroughSchema.parse({ ...SHOP, passthrough: name, hostnames }));
const served = (name: string, ...hostnames: string[]) =>
  appSchema.parse({ app: name, path: "/", hostnames, backends: SHOP.backends });

test("a name for which TLS would end in two places is a problem of the passthrough app", () => {
  const apps = [served("blog", "blog.example.com"), passed("a", "example.com"), passed("b", "*.shop.example.com")];
  const problems = relationProblems(PROXY, [
    ...apps,
    passed("c", "blog.example.com"),
    passed("d", "d.example.com", "d.example.com"),
  ]);
  assert.deepEqual(
    problems.map((each) => formatProblem("proxy", each)),
    [
      'proxy: apps.a.hostnames: got "example.com", want a name that certificate "main" does not have',
      'proxy: apps.b.hostnames: got "*.shop.example.com", want a name that certificate "main" does not have',
      'proxy: apps.c.hostnames: got "blog.example.com", want a name that app "blog" does not have',
      'proxy: apps.d.hostnames: got "d.example.com", want a name that app "d" does not have',
    ],
  );
});

test("a name beside a wildcard that covers it is none, nor are two apps with the same backends", () => {
  const apps = [passed("a", "x.shop.example.com"), passed("b", "*.example.com"), served("blog", "example.com")];
  assert.deepEqual(relationProblems(PROXY, apps), []);
});

test("what a file says wrong is told by its line", () => {
  const parsed = parseDocument(passthroughDocument, '{"passthrough":"shop"}\n[]\n');
  assert.deepEqual(parsed.ok ? [] : parsed.problems, [{ path: "line 2", got: '"[]"', want: "a JSON object" }]);
});
