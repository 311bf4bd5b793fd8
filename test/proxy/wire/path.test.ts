import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalisePath } from "../../../proxy/wire/path.ts";

const rows: readonly (readonly [string, string | undefined])[] = [
  ["/", "/"],
  ["/app1/x", "/app1/x"],
  ["/app1/../app2/x", "/app2/x"],
  ["/app1/%2e%2e/app2/x", "/app2/x"],
  ["/app1/%2E./app2/x", "/app2/x"],
  ["//app1//y", "/app1/y"],
  ["///", "/"],
  ["/%61pp1/%7e%2A", "/app1/~%2A"],
  ["/%e9%c3", "/%E9%C3"],
  ["/a/.", "/a/"],
  ["/a/./b", "/a/b"],
  ["/a/..", "/"],
  ["/a/b/..", "/a/"],
  ["/a/b/../", "/a/"],
  ["/a/.b/..c/...", "/a/.b/..c/..."],
  ["/a;b=c/../d;e", "/d;e"],
  ["/a%3bb", "/a%3Bb"],
  ["/%252e%252e/", "/%252e%252e/"],
  ["/a%20b%0d%0a", "/a%20b%0D%0A"],
  ["/..", undefined],
  ["/../../etc", undefined],
  ["/a/../../b", undefined],
  ["/app1%2f..%2fapp2", undefined],
  ["/app1%2F", undefined],
  ["/app1%5capp2", undefined],
  ["/app1\\..\\app2", undefined],
  ["/app1/%00", undefined],
  ["/app1/%0", undefined],
  ["/app1/%", undefined],
  ["/app1/%g0", undefined],
  ["/app1/..;/x", undefined],
  ["/app1/.;a=b/x", undefined],
  ["/app1/%2e%2e;/x", undefined],
];

for (const [path, expected] of rows) {
  test(`RFC3986-6.2.2: ${path} ${expected === undefined ? "has no safe normal form" : `becomes ${expected}`}`, () => {
    assert.equal(normalisePath(path), expected);
  });
}

const segment = fc.constantFrom(
  "a",
  "..",
  ".",
  "",
  "%2e",
  "%2E%2e",
  "%41",
  "%25",
  "%252e",
  ";x",
  "..;",
  "%2f",
  "%5c",
  "%00",
  "b%7E",
  "\\",
  "%e9",
);

test("a normal form is its own normal form, stays below the root and hides no dots or slashes", () => {
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 10 }), (segments) => {
      const normal = normalisePath(`/${segments.join("/")}`);
      if (normal === undefined) return;
      assert.equal(normalisePath(normal), normal);
      assert.match(normal, /^\//);
      assert.doesNotMatch(normal, /\/\/|\/\.\.?(?:\/|;|$)|%2f|%2e|%5c|%00|\\/i);
    }),
  );
});
