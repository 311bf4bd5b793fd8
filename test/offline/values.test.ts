import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkInputs } from "../../lab/offline/grpc/check.ts";
import { diffValues } from "../../lab/offline/grpc/diff.ts";
import type { Shape } from "../../lab/offline/grpc/shape.ts";
import { revealAll, secret, UNKNOWN, type Value, type Values } from "../../lab/offline/grpc/values.ts";

const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }),
    tie("value").map(secret),
  ),
})).value;
const values = fc.dictionary(fc.string(), value, { maxKeys: 4 });

test("nothing differs from itself", () => {
  fc.assert(fc.property(values, (one) => deepStrictEqual(diffValues(one, structuredClone(one)), [])));
});

test("a comparison says the same from either side, additions as deletions", () => {
  const mirrored = { add: "delete", delete: "add", update: "update" } as const;
  fc.assert(
    fc.property(values, values, (a, b) => {
      const back = diffValues(b, a).map(({ path, kind }) => ({ path, kind: mirrored[kind] }));
      deepStrictEqual(diffValues(a, b), back);
    }),
  );
});

test("revealing twice is revealing once", () => {
  fc.assert(fc.property(values, (one) => deepStrictEqual(revealAll(revealAll(one)), revealAll(one))));
});

test("a difference is located as the engine writes paths", () => {
  const olds: Values = { a: { b: [1, { c: "x" }] }, "d.e": { f: 1 }, gone: true, list: [1, 2], same: null };
  const news: Values = { a: { b: [1, { c: "y" }, 3] }, "d.e": { "g h": 1 }, list: [1], new: 0 };
  deepStrictEqual(diffValues(olds, news), [
    { path: "a.b[1].c", kind: "update" },
    { path: "a.b[2]", kind: "add" },
    { path: '["d.e"].f', kind: "delete" },
    { path: '["d.e"].g h', kind: "add" },
    { path: "gone", kind: "delete" },
    { path: "list[1]", kind: "delete" },
    { path: "new", kind: "add" },
  ]);
});

const shape: Shape = {
  name: { type: { kind: "string" }, isRequired: true },
  size: { type: { kind: "integer", min: 1 }, default: 3 },
  mode: { type: { kind: "string", oneOf: ["on", "off"] } },
  login: {
    type: {
      kind: "object",
      name: "Login",
      fields: {
        user: { type: { kind: "string" }, isRequired: true },
        key: { type: { kind: "string" }, isSecret: true },
      },
    },
  },
  labels: { type: { kind: "map", values: { kind: "string" } } },
};

test("inputs that fit come back with defaults and marked secrets", () => {
  deepStrictEqual(checkInputs(shape, { name: "n", login: { user: "u", key: "k" }, labels: { a: UNKNOWN } }), {
    inputs: { name: "n", size: 3, login: { user: "u", key: secret("k") }, labels: { a: UNKNOWN } },
    failures: [],
  });
});

test("an unknown value fits everywhere", () => {
  const news: Values = { name: UNKNOWN, size: UNKNOWN, mode: UNKNOWN, login: UNKNOWN, labels: secret(UNKNOWN) };
  deepStrictEqual(checkInputs(shape, news), { inputs: news, failures: [] });
});

test("inputs that do not fit are refused with field, value and expectation, and no default is filled in", () => {
  const news: Values = { size: 0, mode: "of", login: { key: secret(5) }, labels: ["a"], extra: 1 };
  const { inputs, failures } = checkInputs(shape, news);
  deepStrictEqual(inputs, news);
  deepStrictEqual(
    failures.map(({ property, reason }) => `${property} | ${reason}`),
    [
      "name | name: missing, but required",
      "size | size: got 0, want an integer of at least 1",
      'mode | mode: got "of", want one of on, off',
      "login | login.user: missing, but required",
      "login | login.key: got a number, want a string",
      "labels | labels: got a list, want a map",
      "extra | extra: unknown property, want one of name, size, mode, login, labels",
    ],
  );
});
