import type { Field, Shape, Type } from "./shape.ts";
import {
  asArchive,
  asAsset,
  isObject,
  isSecret,
  isUnknown,
  mapValues,
  secret,
  unwrap,
  type Value,
  type Values,
} from "./values.ts";

/** One refused property and why. */
export type Failure = { readonly property: string; readonly reason: string };

/**
 * Inputs held against their shape.
 *
 * @returns the inputs with secrets marked and, if none was refused, defaults filled in
 */
export function checkInputs(shape: Shape, news: Values): { inputs: Values; failures: Failure[] } {
  const failures = problemsOf(shape, news).map(([path, reason]) => ({
    property: topOf(path),
    reason: `${path}: ${reason}`,
  }));
  return { inputs: complete(shape, news, failures.length === 0), failures };
}

type Problem = readonly [path: string, reason: string];

function problemsOf(shape: Shape, values: Values): Problem[] {
  const unrecognized = Object.keys(values)
    .filter((name) => !Object.hasOwn(shape, name))
    .map((name): Problem => [name, `unknown property, want one of ${Object.keys(shape).join(", ")}`]);
  const known = Object.entries(shape).flatMap(([name, field]) => problemsOfField(field, name, values[name] ?? null));
  return [...known, ...unrecognized];
}

function problemsOfField(field: Field, path: string, value: Value): Problem[] {
  const plain = unwrap(value);
  if (plain === null) return field.isRequired && field.default === undefined ? [[path, "missing, but required"]] : [];
  return problemsOfType(field.type, path, plain);
}

function problemsOfType(type: Type, path: string, value: Value): Problem[] {
  const plain = unwrap(value);
  if (isUnknown(plain)) return [];
  switch (type.kind) {
    case "any":
      return [];
    case "string":
      return checkString(type.oneOf, path, plain);
    case "number":
    case "boolean":
      return typeof plain === type.kind ? [] : [[path, `got ${show(plain)}, want a ${type.kind}`]];
    case "integer":
      return checkInteger(type.min, path, plain);
    case "source":
      return asAsset(plain) || asArchive(plain) ? [] : [[path, `got ${show(plain)}, want an asset or an archive`]];
    case "list":
      if (!Array.isArray(plain)) return [[path, `got ${show(plain)}, want a list`]];
      return plain.flatMap((item, index) => problemsOfType(type.items, `${path}[${index}]`, item));
    case "map":
      if (!isObject(plain)) return [[path, `got ${show(plain)}, want a map`]];
      return Object.entries(plain).flatMap(([key, item]) => problemsOfType(type.values, `${path}.${key}`, item));
    case "object":
      if (!isObject(plain)) return [[path, `got ${show(plain)}, want an object`]];
      return problemsOf(type.fields, plain).map(([inner, reason]): Problem => [`${path}.${inner}`, reason]);
  }
}

function checkString(oneOf: readonly string[] | undefined, path: string, value: Value): Problem[] {
  if (typeof value !== "string") return [[path, `got ${show(value)}, want a string`]];
  if (oneOf === undefined || oneOf.includes(value)) return [];
  return [[path, `got ${JSON.stringify(value)}, want one of ${oneOf.join(", ")}`]];
}

function checkInteger(min: number | undefined, path: string, value: Value): Problem[] {
  const isFine = typeof value === "number" && Number.isInteger(value) && (min === undefined || value >= min);
  const want = min === undefined ? "an integer" : `an integer of at least ${min}`;
  return isFine ? [] : [[path, `got ${typeof value === "number" ? value : show(value)}, want ${want}`]];
}

/** What a value is, not what it says: a refused property may hold a secret. */
function show(value: Value): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function topOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function complete(shape: Shape, values: Values, withDefaults: boolean): Values {
  const result = mapValues(values, (value, name) => {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return field === undefined ? value : completeField(field, value, withDefaults);
  });
  if (!withDefaults) return result;
  for (const [name, field] of Object.entries(shape)) {
    if (field.default !== undefined && (result[name] ?? null) === null) result[name] = field.default;
  }
  return result;
}

function completeField(field: Field, value: Value, withDefaults: boolean): Value {
  const plain = unwrap(value);
  if (plain === null) return value;
  const isPart = field.type.kind === "object" && isObject(plain) && !isUnknown(plain);
  const whole = isPart && field.type.kind === "object" ? complete(field.type.fields, plain, withDefaults) : plain;
  return isSecret(value) || field.isSecret ? secret(whole) : whole;
}
