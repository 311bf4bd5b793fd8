import assert from "node:assert/strict";
import { test } from "node:test";
import { errorFiles } from "../../../config/error-file.ts";
import { compileErrorPages, errorResponse } from "../../../proxy/core/error-pages.ts";

// As the article's HAProxy has it in /etc/haproxy/errors.
const ARTICLE = `HTTP/1.0 503 Service Unavailable
Cache-Control: no-cache
Connection: close
Content-Type: text/html

<html><body><h1>503 Sèrvice Unavailable</h1>
</body></html>
`;

test("an errorfile is sent as it is, but for what belongs to the connection", () => {
  for (const text of [ARTICLE, ARTICLE.replaceAll("\n", "\r\n")]) {
    assert.ok(errorFiles.safeParse({ 503: text }).success);
    const { head, body } = errorResponse(compileErrorPages({ 503: text }), 503);
    assert.deepEqual([head.status, head.reason], [503, "Service Unavailable"]);
    assert.equal(body, text.slice(text.indexOf("<html>")));
    const length = new TextEncoder().encode(body).length;
    assert.equal(
      head.fields.text,
      `Content-Length: ${length}\r\nCache-Control: no-cache\r\nContent-Type: text/html\r\n`,
    );
  }
});

test("a status without a file has a page of ours", () => {
  const { head, body } = errorResponse(compileErrorPages({ 503: ARTICLE }), 502);
  assert.equal(head.status, 502);
  assert.match(body, /<h1>502 Bad Gateway<\/h1>/);
});

test("an errorfile may answer with another status than the one it stands for, and need have no page", () => {
  const { head, body } = errorResponse(compileErrorPages({ 404: "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n" }), 404);
  assert.deepEqual([head.status, head.fields.text, body], [302, "Content-Length: 0\r\nLocation: /\r\n", ""]);
});

const WRONG: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "no status line": { 503: "<html>" },
  "no empty line": { 503: "HTTP/1.0 503 x\r\nA: b\r\n" },
  "a field that is none": { 503: "HTTP/1.0 503 x\r\nA b\r\n\r\n" },
  "a control character in a field": { 503: "HTTP/1.0 503 x\r\nA: b\x00\r\n\r\n" },
  "a folded field": { 503: "HTTP/1.0 503 x\r\nA: b\r\n c\r\n\r\n" },
  "a status that no file can have": { 200: ARTICLE },
  "an interim status": { 503: "HTTP/1.1 100 Continue\r\n\r\n" },
  "a page that is too long": { 503: ARTICLE + "x".repeat(65_536) },
};
for (const [what, files] of Object.entries(WRONG)) {
  test(`${what} is refused`, () => assert.equal(errorFiles.safeParse(files).success, false));
}
