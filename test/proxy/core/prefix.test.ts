import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type PublicPlace, publicReference, publicSetCookie } from "../../../proxy/core/prefix.ts";

const place: PublicPlace = {
  prefix: "/app1/",
  scheme: "https",
  authority: "example.com",
  backendAddress: "10.0.0.1:8080",
};

const references: readonly (readonly [string, string])[] = [
  ["/x", "/app1/x"],
  ["/", "/app1/"],
  ["/x?y=/z#w", "/app1/x?y=/z#w"],
  ["/?y", "/app1/?y"],
  // already there
  ["/app1/x", "/app1/x"],
  ["/app1/", "/app1/"],
  ["/app1", "/app1"],
  ["/app1?x", "/app1?x"],
  ["/app1#x", "/app1#x"],
  // not there, only alike
  ["/app10/x", "/app1/app10/x"],
  ["/app1x", "/app1/app1x"],
  ["/x/app1/", "/app1/x/app1/"],
  // relative: the browser resolves them below the app
  ["x", "x"],
  ["../x", "../x"],
  ["?x", "?x"],
  ["#x", "#x"],
  ["", ""],
  // absolute, ours
  ["http://example.com/x", "https://example.com/app1/x"],
  ["https://example.com/x", "https://example.com/app1/x"],
  ["HTTP://EXAMPLE.COM/x", "https://example.com/app1/x"],
  ["http://example.com", "https://example.com/app1/"],
  ["http://example.com?x", "https://example.com/app1/?x"],
  ["http://example.com:80/x", "https://example.com/app1/x"],
  ["https://example.com:443/x", "https://example.com/app1/x"],
  ["http://example.com:8080/x", "https://example.com/app1/x"],
  ["http://10.0.0.1:8080/x", "https://example.com/app1/x"],
  ["https://example.com/app1/x", "https://example.com/app1/x"],
  ["//example.com/x", "//example.com/app1/x"],
  // foreign
  ["http://other.example/x", "http://other.example/x"],
  ["https://example.com:9999/x", "https://example.com:9999/x"],
  ["http://10.0.0.1/x", "http://10.0.0.1/x"],
  ["http://example.com.evil/x", "http://example.com.evil/x"],
  ["http://example.com@evil/x", "http://example.com@evil/x"],
  ["http://u:p@example.com/x", "http://u:p@example.com/x"],
  ["//other.example/x", "//other.example/x"],
  ["mailto:a@example.com", "mailto:a@example.com"],
  ["javascript:alert(1)", "javascript:alert(1)"],
  ["ftp://example.com/x", "ftp://example.com/x"],
];

for (const [reference, expected] of references) {
  test(`Location ${JSON.stringify(reference)} becomes ${JSON.stringify(expected)}`, () => {
    assert.equal(publicReference(reference, place), expected);
  });
}

test("the public port is kept, and asked for", () => {
  const onPort: PublicPlace = { ...place, authority: "example.com:8443" };
  assert.equal(publicReference("http://example.com:8443/x", onPort), "https://example.com:8443/app1/x");
  assert.equal(publicReference("http://example.com/x", onPort), "https://example.com:8443/app1/x");
});

test("in clear, an app that asks for https means it", () => {
  const clear: PublicPlace = { ...place, scheme: "http" };
  assert.equal(publicReference("https://example.com/x", clear), "https://example.com/app1/x");
});

test("an app at / keeps its paths and gets the right scheme", () => {
  const root: PublicPlace = { ...place, prefix: "/" };
  assert.equal(publicReference("/x", root), "/x");
  assert.equal(publicReference("http://example.com/x", root), "https://example.com/x");
});

test("a rewrite of a rewrite changes nothing", () => {
  const part = fc.constantFrom(
    "/",
    "app1",
    "x",
    "?",
    "#",
    "http://example.com",
    "//",
    "https:",
    "example.com",
    "..",
    ":80",
    "@",
    "other.example",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const once = publicReference(parts.join(""), place);
      assert.equal(publicReference(once, place), once);
    }),
  );
});

const cookies: readonly (readonly [string, string])[] = [
  ["a=b; Path=/", "a=b; Path=/app1/"],
  ["a=b; path=/x/y; HttpOnly", "a=b; path=/app1/x/y; HttpOnly"],
  ["a=b; Path=/app1/", "a=b; Path=/app1/"],
  ["a=b; Path=/app1", "a=b; Path=/app1"],
  ["a=b; Path=/app1/x", "a=b; Path=/app1/x"],
  ["a=b; Path=/app10", "a=b; Path=/app1/app10"],
  ["a=b", "a=b"],
  ["a=b; Path=x", "a=b; Path=x"],
  ["a=Path=/; Secure", "a=Path=/; Secure"],
  ["__Host-a=b; Path=/; Secure", "__Host-a=b; Path=/; Secure"],
  ["__HOST-a=b; Secure; Path=/", "__HOST-a=b; Secure; Path=/"],
  ["__Secure-a=b; Path=/; Secure", "__Secure-a=b; Path=/app1/; Secure"],
];

for (const [cookie, expected] of cookies) {
  test(`Set-Cookie ${JSON.stringify(cookie)} becomes ${JSON.stringify(expected)}`, () => {
    assert.equal(publicSetCookie(cookie, "/app1/"), expected);
  });
}
