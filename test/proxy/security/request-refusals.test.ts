import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { talk } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// Requests that two parsers may read differently. Each gets its status, ends the
// connection, and no octet of it reaches a backend.

let origin: RawOrigin;
let proxy: TestProxy;
before(async () => {
  origin = await RawOrigin.start();
  proxy = await TestProxy.start({ apps: [app1([origin.address])] });
});
after(async () => {
  await proxy.stop();
  await origin.close();
});

const HOST = "Host: example.com\r\n";
const get = (fields: string) => `GET /app1/ HTTP/1.1\r\n${HOST}${fields}\r\n`;
const post = (fields: string, body: string) => `POST /app1/ HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
const smuggled = "GET /app1/smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n";

const refused: readonly (readonly [string, string, number])[] = [
  [
    "RFC9112-6.3: Content-Length beside Transfer-Encoding",
    post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    400,
  ],
  [
    "RFC9112-6.3: Transfer-Encoding beside Content-Length",
    post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "0\r\n\r\n"),
    400,
  ],
  ["RFC9112-6.1: a coding besides chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501],
  ["RFC9112-6.1: an unknown coding alone", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501],
  ["RFC9112-6.3: chunked that is not last", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 501],
  ["RFC9112-6.1: chunked twice in a list", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400],
  [
    "RFC9112-6.1: chunked twice in two lines",
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    400,
  ],
  ["RFC9112-6.1: an empty Transfer-Encoding", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), 400],
  ["RFC9112-6.1: an empty element before chunked", post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"), 400],
  ["RFC9112-6.1: an empty element after chunked", post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n"), 400],
  ["RFC9112-6.1: chunked in quotes", post('Transfer-Encoding: "chunked"\r\n', "0\r\n\r\n"), 400],
  [
    "RFC9112-6.1: Transfer-Encoding in HTTP/1.0",
    `POST /app1/ HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ["RFC9112-6.3: two different lengths", post("Content-Length: 0\r\nContent-Length: 5\r\n", "hello"), 400],
  ["RFC9112-6.3: two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400],
  ["RFC9112-6.3: a list of lengths", post("Content-Length: 5, 5\r\n", "hello"), 400],
  ...["+5", "-0", "0x5", "5 5", "1e1", "", "05", "5.0", "9007199254740993", "99999999999999999999", "٥"].map(
    (length) =>
      [
        `RFC9110-8.6: Content-Length ${JSON.stringify(length)}`,
        post(`Content-Length: ${length}\r\n`, "hello"),
        400,
      ] as const,
  ),
  ["RFC9112-2.2: line feeds alone", "GET /app1/ HTTP/1.1\nHost: example.com\n\n", 400],
  ["RFC9112-2.2: one line feed alone among the fields", `GET /app1/ HTTP/1.1\r\n${HOST}A: b\nC: d\r\n\r\n`, 400],
  ["RFC9112-2.2: one line feed alone in the empty line", `GET /app1/ HTTP/1.1\r\n${HOST}A: b\r\n\n`, 400],
  ["RFC9112-2.2: a carriage return alone in a value", get("A: b\rC: d\r\n"), 400],
  ["RFC9112-2.2: a carriage return at the start of a line", get("\rA: b\r\n"), 400],
  ["RFC9112-2.2: a carriage return before a hidden field", get("A: b\r\n\rContent-Length: 5\r\n"), 400],
  ["RFC9110-5.5: NUL in a value", get("A: b\0c\r\n"), 400],
  ["RFC9110-5.5: a control octet in a value", get("A: b\x01c\r\n"), 400],
  ["RFC9112-5.2: a folded line", get("A: b\r\n c\r\n"), 400],
  ["RFC9112-5.2: a folded first line", `GET /app1/ HTTP/1.1\r\n Host: example.com\r\n\r\n`, 400],
  ["RFC9112-5.1: a space before the colon", get("A : b\r\n"), 400],
  ["RFC9112-5.1: a tab before the colon", get("Content-Length\t: 5\r\n"), 400],
  ["RFC9110-5.1: no name", get(": b\r\n"), 400],
  ["RFC9110-5.1: a name that is no token", get("A(b): c\r\n"), 400],
  ["RFC9110-5.1: a line without colon", get("AB\r\n"), 400],
  ["RFC9112-3.2: no Host", "GET /app1/ HTTP/1.1\r\n\r\n", 400],
  ["RFC9112-3.2: two Hosts", get(HOST), 400],
  ...[
    "",
    "u@example.com",
    "example.com/x",
    "a,b",
    "a b",
    "exa mple",
    "example.com:80x",
    "[::1",
    "a%00b",
    "é",
    "a?b",
    "a#b",
    "a:b:c",
  ].map(
    (host) =>
      [`RFC9110-7.2: Host ${JSON.stringify(host)}`, `GET /app1/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400] as const,
  ),
  [
    "RFC9112-3.2.2: an absolute target that disagrees with Host",
    `GET http://other.example/app1/ HTTP/1.1\r\n${HOST}\r\n`,
    400,
  ],
  ["RFC9112-3.2.2: an absolute target with userinfo", `GET http://u@example.com/app1/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-3.2.4: an asterisk with GET", `GET * HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-3.2.3: CONNECT", `CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`, 405],
  ["RFC9110-9.3.8: TRACE", `TRACE /app1/ HTTP/1.1\r\n${HOST}\r\n`, 405],
  ["RFC9112-3.2: a fragment in the target", `GET /app1/#x HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-3.2: a raw octet in the target", `GET /app1/\xe9 HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-3.2: a target without a slash", `GET app1/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-3: HTTP/0.9", "GET /app1/\r\n\r\n", 400],
  ["RFC9112-2.3: HTTP/1.2", `GET /app1/ HTTP/1.2\r\n${HOST}\r\n`, 505],
  ["RFC9112-2.3: HTTP/2.0", `GET /app1/ HTTP/2.0\r\n${HOST}\r\n`, 505],
  ["RFC9112-2.3: the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["RFC9112-2.3: a version in lower case", `GET /app1/ http/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-2.3: a version with more digits", `GET /app1/ HTTP/1.10\r\n${HOST}\r\n`, 400],
  ["RFC9112-3: two spaces in the request line", `GET  /app1/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-3: two spaces before the version", `GET /app1/  HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-3: a tab in the request line", `GET\t/app1/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9112-3: a space behind the version", `GET /app1/ HTTP/1.1 \r\n${HOST}\r\n`, 400],
  ["RFC9112-3: a space before the method", ` GET /app1/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["RFC9110-9.1: a method that is no token", `G(T /app1/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  [
    "RFC9110-10.1.1: an expectation besides 100-continue",
    post("Expect: y 100-continue\r\nContent-Length: 5\r\n", "hello"),
    417,
  ],
  ["RFC9110-10.1.1: an unknown expectation", post("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello"), 417],
  ["RFC9110-7.6.1: a Connection that is no list of tokens", get("Connection: close; x\r\n"), 400],
  ["RFC9112-3: a target beyond the limit", `GET /app1/${"a".repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
  ["RFC9110-5.4: fields beyond the limit", get(`A: ${"b".repeat(20_000)}\r\n`), 431],
  ["RFC6585-5: more fields than the limit", get("A: b\r\n".repeat(100)), 431],
  ["a path above the root", `GET /app1/../../etc/passwd HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a path above the root, escaped", `GET /%2e%2e/etc HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["an escaped slash", `GET /app1%2f..%2fapp2 HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["an escaped backslash", `GET /app1/%5c HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a backslash", `GET /app1\\..\\app2 HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["an escaped NUL", `GET /app1/%00 HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a broken escape", `GET /app1/%zz HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a dot segment with parameters", `GET /app1/..;/x HTTP/1.1\r\n${HOST}\r\n`, 400],
];

for (const [name, request, status] of refused) {
  test(`${name} is refused with ${status}`, async () => {
    const answer = await talk(proxy.port, request + smuggled);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [ -~]+\r\n`));
    assert.match(answer, /\r\nConnection: close\r\n/);
    assert.equal(answer.split("HTTP/1.1 ").length, 2, "exactly one response");
    assert.equal(origin.text, "", "nothing reached the backend");
  });
}
