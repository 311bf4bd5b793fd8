import fc from "fast-check";

const TOKEN_OCTETS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A field name or method. */
export const token = fc.string({ unit: fc.constantFrom(...TOKEN_OCTETS), minLength: 1, maxLength: 20 });

/** A field value without spaces around it. */
export const fieldValue = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((octet) => String.fromCharCode(octet === 0x7f ? 0x41 : octet)),
    maxLength: 40,
  })
  .map((text) => text.trim().replace(/^[\s\x80-\xa0]+|[\s\x80-\xa0]+$/g, ""));

/** Names that mean something to a proxy, in odd letter cases, among names that mean nothing. */
const name = fc.oneof(
  { weight: 2, arbitrary: token },
  fc.constantFrom(
    "Cookie",
    "cookie",
    "Connection",
    "Keep-Alive",
    "TE",
    "Upgrade",
    "X-Forwarded-For",
    "x-forwarded-proto",
    "Forwarded",
    "Proxy",
    "a_b",
    "Accept",
    "X-Secret",
    "Authorization",
    "Trailer",
    "Via",
    "Expect",
    "SRVID",
  ),
);

const value = fc.oneof(
  { weight: 2, arbitrary: fieldValue },
  fc.constantFrom(
    "SRVID_app1=b0; a=b",
    "a=b; SRVID_app1=b1",
    "keep-alive, X-Secret",
    "close",
    "100-continue",
    "1.2.3.4, 5.6.7.8",
    "",
  ),
);

const path = fc.array(fc.constantFrom("app1", "x", "..", ".", "", "a;b", "%41", "%2e", "%e9", "app10", "*"), {
  maxLength: 6,
});

/** Text of a request that is well-formed in its lines; whether it is acceptable is another matter. */
export const requestText = fc
  .record({
    method: fc.oneof(fc.constantFrom("GET", "HEAD", "POST", "PUT", "OPTIONS"), token),
    path,
    query: fc.constantFrom("", "?", "?a=b", "?a=/../%zz"),
    version: fc.constantFrom("1.1", "1.1", "1.1", "1.0"),
    fields: fc.array(fc.tuple(name, value, fc.constantFrom("", " ", "  ", "\t")), { maxLength: 12 }),
    length: fc.constantFrom("", "Content-Length: 0\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"),
  })
  .map(({ method, path, query, version, fields, length }) => {
    const lines = fields.map(([name, value, space]) => `${name}:${space}${value}${space}\r\n`).join("");
    return `${method} /${path.join("/")}${query} HTTP/${version}\r\nHost: example.com\r\n${lines}${length}\r\n`;
  });
