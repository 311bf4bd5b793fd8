import assert from "node:assert/strict";
import { test } from "node:test";
import { FIELD } from "../../../proxy/wire/field-names.ts";
import { Fields, fieldLine } from "../../../proxy/wire/fields.ts";
import { Input } from "../../../proxy/wire/input.ts";
import { decimalAt } from "../../../proxy/wire/octets.ts";
import { textOf } from "../../../proxy/wire/pieces.ts";
import { responseOf } from "../lib/core-values.ts";

const READ = responseOf("HTTP/1.1 200 OK", "Server: caf\u00e9", "Set-Cookie: \t a=b \t", "ETag:", "Via: 1.1 x").fields;

test("a list built of runs of another and lines of one's own reads as one list", () => {
  const built = new Fields([READ.run(0, 1), fieldLine("Location", "/x"), READ.run(3, 4)]);
  assert.equal(built.text, "Server: caf\u00e9\r\nLocation: /x\r\nVia: 1.1 x\r\n");
  assert.deepEqual([built.count, built.first(FIELD.location), built.value(0)], [3, "/x", "caf\u00e9"]);
  assert.equal(built.without("location").text, "Server: caf\u00e9\r\nVia: 1.1 x\r\n");
});

test("a run up to a value ends where the value begins, and may be empty before it", () => {
  assert.equal(textOf([READ.runToValue(0, 1), "c\r\n"]), "Server: caf\u00e9\r\nSet-Cookie: \t c\r\n");
  assert.equal(textOf([READ.runToValue(2, 2), "c\r\n"]), "ETag:c\r\n");
});

test("a value is compared as it is read: without the white space around it, each octet", () => {
  assert.equal(READ.isValue(1, "a=b"), true);
  for (const text of ["a=", "a=b ", "A=b", ""]) assert.equal(READ.isValue(1, text), false, JSON.stringify(text));
  assert.equal(READ.isValue(2, ""), true);
});

test("a length is decimal digits and nothing else", () => {
  const read = (text: string) => decimalAt(Buffer.from(`9${text}9`), 1, 1 + text.length);
  assert.deepEqual(["0", "7", "512", "999999999999999"].map(read), [0, 7, 512, 999_999_999_999_999]);
  const wrong = ["", "00", "01", "+1", "-1", "1 ", "1,1", "0x1", "1e3", "1.0", "\u00b2", "1000000000000000"];
  assert.deepEqual(
    wrong.map(read),
    wrong.map(() => -1),
  );
});

test("a head that is kept does not keep a long body that came with it", () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const [bodyBytes, isShared] of [
    [2_048, true],
    [2_049, false],
  ] as const) {
    const input = new Input();
    const bytes = Buffer.from(head + "b".repeat(bodyBytes));
    input.push(bytes);
    const taken = input.takeHead(16_384);
    assert.ok(taken.kind === "head");
    assert.equal(taken.bytes.toString("latin1", taken.start, taken.end), head);
    assert.equal(taken.bytes === bytes, isShared);
    assert.equal(input.length, bodyBytes);
  }
});
