import assert from "node:assert/strict";
import { test } from "node:test";
import type * as z from "zod";
import { renderApp } from "../../components/render/app.ts";
import type { PairInput } from "../../components/render/pair.ts";
import { pairValuesOf } from "../../components/render/pair-problems.ts";
import { renderPassthrough } from "../../components/render/passthrough.ts";
import { proxyInput } from "../../components/render/proxy.ts";
import { vrrpInput } from "../../components/render/vrrp.ts";
import { appSchema } from "../../config/app.ts";
import { parseValue } from "../../config/document.ts";
import { passthroughSchema } from "../../config/passthrough.ts";
import { proxySchema } from "../../config/proxy.ts";
import { vrrpSchema } from "../../config/vrrp.ts";
import { WHOLE_APP, WHOLE_PAIR, WHOLE_PASSTHROUGH } from "./lib/whole-args.ts";

// Whatever a daemon can do, a program can ask for: every field of a document is written when every arg is given. A
// field that is new in config/ fails here until an arg leads to it, or a reason stands below.

/** Fields that no arg has, each with its reason. */
const WITHOUT_ARG: Readonly<Record<string, string>> = {
  "proxy.listeners.*.address": "each host is asked at its own address before a change goes on to the other",
  "vrrp.instances.*.addresses.*": "the short form of an address; the long one is there with all of its fields",
  "vrrp.instances.*.authentication.key": "name of the file that holds the key: the package's own",
};

/** Every field of a schema, at its innermost; `*` for what the user names, and for members of a list. */
function fieldsOf(schema: z.core.$ZodType, path: string): string[] {
  const def = schema._zod.def as unknown as { type: z.core.$ZodTypeDef["type"] } & Record<string, unknown>;
  const inner = (key: string, at: string) => fieldsOf(def[key] as z.core.$ZodType, at);
  switch (def.type) {
    case "object":
      return Object.entries(def["shape"] as z.core.$ZodShape).flatMap(([key, field]) =>
        fieldsOf(field, `${path}.${key}`),
      );
    case "record":
      return inner("valueType", `${path}.*`);
    case "array":
      return inner("element", `${path}.*`);
    case "optional":
    case "default":
    case "prefault":
      return inner("innerType", path);
    case "union":
      return (def["options"] as z.core.$ZodType[]).flatMap((option) => fieldsOf(option, path));
    case "undefined": // what must not be there, and says why
      return [];
    case "string":
    case "number":
    case "boolean":
    case "enum":
    case "literal":
      return [path];
    default:
      throw new Error(`${path}: got a schema of type ${def.type}, want one that is read here`);
  }
}

/** Paths at which a value has something that is not an object, with `*` where the schema has one. */
function pathsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((member) => pathsIn(member, `${path}.*`));
  if (typeof value !== "object" || value === null) return value === undefined ? [] : [path];
  return Object.entries(value).flatMap(([key, field]) => pathsIn(field, `${path}.${key}`));
}

/** Whether a field of a schema is among paths: a name of the user's is `*` in the schema. */
function isAmong(field: string, paths: ReadonlySet<string>): boolean {
  const pattern = new RegExp(`^${field.replaceAll(".", "\\.").replaceAll("*", "[^.]+")}$`);
  return [...paths].some((path) => pattern.test(path));
}

function missing(document: string, schema: z.core.$ZodType, written: unknown): string[] {
  const paths = new Set(pathsIn(written, document));
  return [...new Set(fieldsOf(schema, document))].filter((field) => !isAmong(field, paths));
}

test("every field of every document has an arg, or a reason for none", () => {
  const pair = pairValuesOf(WHOLE_PAIR as PairInput);
  const found = [
    ...missing("proxy", proxySchema, proxyInput(pair, "lb1")),
    ...missing("vrrp", vrrpSchema, vrrpInput(pair, "lb1")),
    ...missing("app", appSchema, readAll(renderApp(WHOLE_APP))),
    ...missing("passthrough", passthroughSchema, readAll(renderPassthrough(WHOLE_PASSTHROUGH))),
  ];
  assert.deepEqual(found.sort(), Object.keys(WITHOUT_ARG).sort());
});

test("args with everything in them lead to documents that the daemons take", () => {
  const pair = pairValuesOf(WHOLE_PAIR as PairInput);
  for (const host of ["lb1", "lb2"]) {
    for (const parsed of [
      parseValue(proxySchema, proxyInput(pair, host)),
      parseValue(vrrpSchema, vrrpInput(pair, host)),
    ])
      assert.deepEqual(parsed.ok ? [] : parsed.problems, []);
  }
});

/** An app's document as one value, with each backend where its schema has it. */
function readAll(document: string): Record<string, unknown> {
  const lines = document.trim().split("\n");
  const fields = lines.flatMap((line) => {
    const { backend, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return Object.entries(typeof backend === "string" ? { backends: { [backend]: rest } } : rest);
  });
  return Object.fromEntries(fields);
}
