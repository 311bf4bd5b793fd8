import assert from "node:assert/strict";
import { test } from "node:test";
import { type Direction, makeNonce, openSeal } from "../../../vrrp/shell/control/seal.ts";

const KEY = Buffer.alloc(32, "a");
const seal = (direction: Direction, key: Uint8Array = KEY, nonce = "n1") => openSeal(key, direction, nonce, "n2");

test("what one side closes, the other opens, in order", () => {
  const [from, to] = [seal("to-caller"), seal("to-caller")];
  for (const json of ['{"a":1}', '{"b":"ü"}', ""]) assert.equal(to.open(from.close(json)), json);
});

test("another key, another conversation and the other direction do not open", () => {
  const line = seal("to-caller").close("{}");
  assert.equal(seal("to-caller", Buffer.alloc(32, "b")).open(line), undefined);
  assert.equal(seal("to-caller", KEY, "n3").open(line), undefined);
  assert.equal(seal("to-listener").open(line), undefined);
});

test("a line that is repeated, left out or changed does not open", () => {
  const from = seal("to-caller");
  const [first, second] = [from.close("1"), from.close("2")];
  const repeated = seal("to-caller");
  repeated.open(first);
  assert.equal(repeated.open(first), undefined);
  assert.equal(seal("to-caller").open(second), undefined);
  assert.equal(seal("to-caller").open(first.replace(/1$/, "3")), undefined);
});

test("every cut of a line does not open", () => {
  const line = seal("to-caller").close('{"kind":"bye"}');
  for (let length = 0; length < line.length; length++)
    assert.equal(seal("to-caller").open(line.slice(0, length)), undefined);
});

test("a conversation has a nonce of its own", () => {
  assert.match(makeNonce(), /^[0-9a-f]{32}$/);
  assert.notEqual(makeNonce(), makeNonce());
});
