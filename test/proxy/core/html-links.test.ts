import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HtmlLinks } from "../../../proxy/core/html-links.ts";

const place = { prefix: "/app1/", scheme: "https", authority: "example.com", backendAddress: "10.0.0.1:80" } as const;

function rewritten(...pieces: readonly string[]): string {
  const links = new HtmlLinks(place);
  return pieces.map((piece) => links.push(piece)).join("") + links.end();
}

const rows: readonly (readonly [string, string])[] = [
  ['<a href="/x">', '<a href="/app1/x">'],
  ["<A HREF='/x' title=\"/y\">", "<A HREF='/app1/x' title=\"/y\">"],
  ["<img src=/x alt=y>", "<img src=/app1/x alt=y>"],
  ["<img src = /x/>", "<img src = /app1/x/>"],
  ['<a href="/app1/x">', '<a href="/app1/x">'],
  ['<a href="x">', '<a href="x">'],
  ['<a href="//other/x">', '<a href="//other/x">'],
  ['<a href="http://example.com/x">', '<a href="https://example.com/app1/x">'],
  ['<a href="http://10.0.0.1/x">', '<a href="https://example.com/app1/x">'],
  ['<a href="https://other.example/x">', '<a href="https://other.example/x">'],
  ['<form action="/do?a=1&amp;b=2">', '<form action="/app1/do?a=1&amp;b=2">'],
  ['<img srcset="/a 1x, /b 2x">', '<img srcset="/app1/a 1x, /app1/b 2x">'],
  ['<img srcset="/a, /b?c=1,2 2x,/d">', '<img srcset="/app1/a, /app1/b?c=1,2 2x,/app1/d">'],
  [
    '<img srcset="data:image/jpeg;base64,/9j/4A 1x,/b 2x">',
    '<img srcset="data:image/jpeg;base64,/9j/4A 1x,/app1/b 2x">',
  ],
  ['<object data="/x">', '<object data="/app1/x">'],
  ['<use xlink:href="/s.svg#a"/>', '<use xlink:href="/app1/s.svg#a"/>'],
  ['<p data="/x">', '<p data="/x">'],
  ['<meta http-equiv="refresh" content="0; url=/x">', '<meta http-equiv="refresh" content="0; url=/app1/x">'],
  ['<meta name="a" content="0; url=/x">', '<meta name="a" content="0; url=/x">'],
  // no links, though they look like some
  ["<p title=\" href='/x' > \">/y</p>", "<p title=\" href='/x' > \">/y</p>"],
  ['<!-- <a href="/x"> --><a href="/y">', '<!-- <a href="/x"> --><a href="/app1/y">'],
  [
    '<script src="/x">if (a<b) "<a href=\'/y\'>"</script><a href="/z">',
    '<script src="/app1/x">if (a<b) "<a href=\'/y\'>"</script><a href="/app1/z">',
  ],
  ["<style>a{}</STYLE><a href=/x>", "<style>a{}</STYLE><a href=/app1/x>"],
  ['1 < 2 <a href="/x">', '1 < 2 <a href="/app1/x">'],
  ['<a href="/x', '<a href="/x'],
  ["gr\xf6\xdfe <a href='/\xe9'>", "gr\xf6\xdfe <a href='/app1/\xe9'>"],
];

for (const [page, expected] of rows) {
  test(`${page} becomes ${expected}, whole and in every two pieces, and octet by octet`, () => {
    assert.equal(rewritten(page), expected);
    assert.equal(rewritten(...page), expected);
    for (let at = 0; at <= page.length; at++) assert.equal(rewritten(page.slice(0, at), page.slice(at)), expected);
  });
}

test("where a page is cut makes no difference, whatever it is", () => {
  const unit = fc.constantFrom("<", ">", '"', "'", "a", " ", "href=", "/x", "<!--", "-->", "script", "</", "=", "\n");
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 40 }), fc.array(fc.nat(80), { maxLength: 4 }), (units, cuts) => {
      const page = units.join("");
      const ends = [...cuts.map((cut) => Math.min(cut, page.length)).sort((a, b) => a - b), page.length];
      const pieces = ends.map((end, index) => page.slice(ends[index - 1] ?? 0, end));
      assert.equal(rewritten(...pieces), rewritten(page));
    }),
    { numRuns: 2_000 },
  );
});

test("a tag that never ends is let go", () => {
  const links = new HtmlLinks(place);
  const out = links.push(`<a title="${"x".repeat(20_000)}`);
  assert.ok(out.length > 0);
});

test("a page of tags that never end passes as it is, in time that grows with its length", () => {
  const page = "<a".repeat(1_000_000); // each looked at from each other: minutes
  assert.equal(rewritten(`${page}"`), `${page}"`);
  assert.equal(rewritten(`<a${" x".repeat(10_000)} href="/x"><a href="/x">`).endsWith('<a href="/app1/x">'), true);
});
