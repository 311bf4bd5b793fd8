import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mapCookiePath, setsCookie, takeCookie } from "../../../proxy/wire/cookie.ts";

// The article's table ("A weird bug"): the cookie is found wherever it stands.
const article: readonly (readonly [string, string | undefined, string])[] = [
  ["a=b; c=d; e=f", undefined, "a=b; c=d; e=f"],
  ["SRVID=app1_2; a=b; c=d", "app1_2", "a=b; c=d"],
  ["a=b; SRVID=app1_2; c=d", "app1_2", "a=b; c=d"],
  ["a=b; c=d; SRVID=app1_2", "app1_2", "a=b; c=d"],
];

const more: readonly (readonly [string, string | undefined, string])[] = [
  ["SRVID=app1_2", "app1_2", ""],
  ["SRVID=", "", ""],
  ["a=b;SRVID=app1_2;c=d", "app1_2", "a=b;c=d"],
  ["a=b;   SRVID=app1_2;   c=d", "app1_2", "a=b;   c=d"],
  ["a=b; SRVID = app1_2 ; c=d", "app1_2", "a=b; c=d"],
  ["a=b; SRVID=one; SRVID=two; c=d", "one", "a=b; c=d"],
  ["a=b; srvid=app1_2", undefined, "a=b; srvid=app1_2"],
  ["XSRVID=1; SRVIDX=2", undefined, "XSRVID=1; SRVIDX=2"],
  ["a=SRVID=1; b", undefined, "a=SRVID=1; b"],
  ["SRVID; a=b", undefined, "SRVID; a=b"],
  ["a=b=c; d[e]={f,g}; @=!; SRVID=app1_2; h=%", "app1_2", "a=b=c; d[e]={f,g}; @=!; h=%"],
  ['a="x; SRVID=fake; y"; SRVID=app1_2', "app1_2", 'a="x; SRVID=fake; y"'],
  ['a="x; SRVID=app1_2', "app1_2", 'a="x'],
  ['a="\\"; SRVID=fake"; SRVID=app1_2; b=c', "app1_2", 'a="\\"; SRVID=fake"; b=c'],
  ['$Version=1; SRVID=app1_2; $Path="/"; a=b; $Path="/x"', "app1_2", '$Version=1; $Path="/"; a=b; $Path="/x"'],
  ["; SRVID=app1_2;; a=b;", "app1_2", "a=b"],
];

for (const [cookie, value, rest] of [...article, ...more]) {
  test(`SRVID in ${JSON.stringify(cookie)} is ${value === undefined ? "not there" : JSON.stringify(value)}`, () => {
    assert.deepEqual(takeCookie(cookie, "SRVID"), value === undefined ? undefined : { value, rest });
  });
}

test("whatever stands around it, the cookie is found and the rest keeps every octet", () => {
  const pair = fc
    .tuple(
      fc.string({ unit: fc.constantFrom(..."abc$@[]{}()<>?!,:/\\|"), minLength: 1, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom(..."abc=$@[]{}()<>?!,:/\\| "), maxLength: 8 }),
    )
    .map(([name, value]) => `${name}=${value.trim()}`);
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 6 }), fc.array(pair, { maxLength: 6 }), (before, after) => {
      const text = [...before, "SRVID=web1", ...after].join("; ");
      assert.deepEqual(takeCookie(text, "SRVID"), { value: "web1", rest: [...before, ...after].join("; ") });
    }),
  );
});

test("however the pairs are written, the cookie is found where it stands alone, and no octet of another pair changes", () => {
  const part = fc.constantFrom(
    "SRVID=v",
    "SRVID=",
    "SRVID",
    "a=b",
    "SRVIDX=1",
    'q="x; y"',
    "",
    " ",
    "  SRVID = w ",
    "c",
    "\t",
  );
  const text = fc
    .tuple(fc.array(part, { maxLength: 6 }), fc.constantFrom(";", "; ", ";  "))
    .map(([parts, glue]) => parts.join(glue));
  fc.assert(
    fc.property(text, (cookie) => {
      const named = pairsOf(cookie).filter(([name]) => name === "SRVID");
      const others = pairsOf(cookie).filter(([name]) => name !== "SRVID");
      const taken = takeCookie(cookie, "SRVID");
      assert.equal(taken?.value, named[0]?.[1]);
      if (taken !== undefined) assert.deepEqual(pairsOf(taken.rest), others);
    }),
    { numRuns: 2_000 },
  );
});

/** Name and value of each pair, by another way: quoted `;` hidden first. */
function pairsOf(text: string): (string | undefined)[][] {
  return text
    .replace(/"[^"]*"/g, (quoted) => quoted.replaceAll(";", "\u0001"))
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "")
    .map((pair) =>
      pair.includes("=")
        ? [pair.slice(0, pair.indexOf("=")).trim(), pair.slice(pair.indexOf("=") + 1).trim()]
        : [undefined, pair],
    );
}

test("16 kB of quotes, spaces and equals signs are read in no time", () => {
  for (const unit of ['="', '" ', "= ", "=", '"\\', ";=", '=";']) {
    assert.ok(takeCookie(`${unit.repeat(8_000)};SRVID=x`, "SRVID") !== null);
  }
});

test("the name of a Set-Cookie", () => {
  const values = ["a=b; Path=/", " a = b", "a", "=a", "", "ab=a", "b=a", "b; a=c", "A=b"];
  assert.deepEqual(
    values.map((value) => setsCookie(value, "a")),
    [true, true, false, false, false, false, false, false, false],
  );
});

const paths: readonly (readonly [string, string])[] = [
  ["a=b; Path=/", "a=b; Path=</>"],
  ["a=b;path=/x;HttpOnly", "a=b;path=</x>;HttpOnly"],
  ["a=b; PATH = /x ; Secure", "a=b; PATH = </x> ; Secure"],
  ["a=b; Path=", "a=b; Path=<>"],
  ["a=b; Path=/; Path=/x", "a=b; Path=</>; Path=</x>"],
  ["a=Path=/; HttpOnly", "a=Path=/; HttpOnly"],
  ["a=b; xPath=/", "a=b; xPath=/"],
];

for (const [cookie, expected] of paths) {
  test(`the Path of ${JSON.stringify(cookie)}`, () => {
    assert.equal(
      mapCookiePath(cookie, (path) => `<${path}>`),
      expected,
    );
  });
}
