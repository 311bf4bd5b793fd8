import { createHash } from "node:crypto";
import type * as z from "zod";
import { type Problem, problemsOf, showValue } from "./problems.ts";

// A document is text of one JSON value a line, so that one backend added is one
// line added, in the file, in `pulumi preview --diff` and in a review:
//
//   {"app":"app1","path":"/app1/"}            head: the fields that are not objects
//   {"check":{"intervalMs":10000}}            section: one object-valued field
//   {"backend":"web1","address":"…"}          entry: one member of a keyed map
//
// Lines stand in a fixed order (head, sections, entries by key), so equal values
// give equal text, and the hash of the text says what a daemon runs.

/** How a document's maps are written: field of the value → key word of its lines (`backends` → `backend`). */
export type DocumentShape<S extends z.ZodType> = {
  /** What the document is called in messages: `app`, `proxy`, `vrrp`. Also the first field of the head line. */
  readonly kind: string;
  readonly schema: S;
  readonly entries: Readonly<Record<string, string>>;
};

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: Problem[] };

/** Longest document that is accepted, characters: 10 000 backends fit. */
export const DOCUMENT_LENGTH_MAX = 4_000_000;

/**
 * Text of a value: only the fields that are given, so that a later release's new defaults change no text.
 *
 * The value must satisfy the schema; parse first.
 */
export function renderDocument<S extends z.ZodType>(shape: DocumentShape<S>, value: z.input<S>): string {
  const fields = Object.entries(value as Record<string, unknown>).filter(([, field]) => field !== undefined);
  const head = fields.filter(([key, field]) => !isObject(field) && !(key in shape.entries));
  const sections = fields.filter(([key, field]) => isObject(field) && !(key in shape.entries));
  const lines: Record<string, unknown>[] = [Object.fromEntries(orderHead(shape.kind, head))];
  for (const [key, field] of sections.sort(byKey)) lines.push({ [key]: field });
  for (const [key, word] of Object.entries(shape.entries)) {
    const members = Object.entries((value as Record<string, Record<string, object> | undefined>)[key] ?? {});
    for (const [member, fields] of members.sort(byKey)) lines.push({ [word]: member, ...fields });
  }
  return lines.map((line) => `${JSON.stringify(sortInner(line))}\n`).join("");
}

/**
 * Value of a text, with every default filled in.
 *
 * @returns all problems of the text, not only the first
 */
export function parseDocument<S extends z.ZodType>(shape: DocumentShape<S>, text: string): Parsed<z.output<S>> {
  const raw = readLines(shape, text);
  return raw.ok ? parseValue(shape.schema, raw.value) : raw;
}

/** Value checked by a schema, defaults filled in. */
export function parseValue<S extends z.ZodType>(schema: S, raw: unknown): Parsed<z.output<S>> {
  const result = schema.safeParse(raw, { reportInput: true });
  return result.success ? { ok: true, value: result.data } : { ok: false, problems: problemsOf(result.error) };
}

/** Identity of a text: sha256, hex. What "applied" is compared by. */
export function hashDocument(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

function readLines<S extends z.ZodType>(shape: DocumentShape<S>, text: string): Parsed<Record<string, unknown>> {
  const words = new Map(Object.entries(shape.entries).map(([field, word]) => [word, field]));
  const value: Record<string, unknown> = Object.fromEntries(Object.keys(shape.entries).map((field) => [field, {}]));
  return eachLine(text, value, (fields) => takeFields(words, value, fields));
}

/**
 * Takes the lines of a text one by one; empty ones count, and are left out.
 *
 * @param take  gets a line's fields in their order; says what is wrong with them, its path below the line
 * @returns `value`, or all problems
 */
export function eachLine<T>(
  text: string,
  value: T,
  take: (fields: Readonly<Record<string, unknown>>) => Problem | undefined,
): Parsed<T> {
  if (text.length > DOCUMENT_LENGTH_MAX) {
    const problem = { path: "", got: `${text.length} characters`, want: `at most ${DOCUMENT_LENGTH_MAX}` };
    return { ok: false, problems: [problem] };
  }
  const problems: Problem[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const fields = parseJson(line);
    const problem = isObject(fields) ? take(fields) : { path: "", got: showValue("", line), want: "a JSON object" };
    if (problem !== undefined) problems.push({ ...problem, path: `line ${index + 1}${problem.path}` });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value };
}

function takeFields(
  words: ReadonlyMap<string, string>,
  value: Record<string, unknown>,
  fields: Readonly<Record<string, unknown>>,
): Problem | undefined {
  const [first = ""] = Object.keys(fields);
  const field = words.get(first);
  if (field === undefined) return mergeFields(value, fields);
  const { [first]: key, ...rest } = fields;
  const members = value[field] as Record<string, unknown>;
  if (typeof key !== "string") return { path: `.${first}`, got: showValue("", key), want: "a name" };
  if (Object.hasOwn(members, key)) return { path: `.${first}`, got: showValue("", key), want: "each name once" };
  members[key] = rest;
  return undefined;
}

function mergeFields(value: Record<string, unknown>, parsed: Readonly<Record<string, unknown>>): Problem | undefined {
  for (const [key, field] of Object.entries(parsed)) {
    if (Object.hasOwn(value, key)) return { path: `.${key}`, got: showValue(key, field), want: "each field once" };
    value[key] = field;
  }
  return undefined;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // reported by the caller as "not a JSON object"
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

/** The line's own key word first, the rest by name: equal values, equal text. */
function orderHead(kind: string, head: [string, unknown][]): [string, unknown][] {
  return [...head.filter(([key]) => key === kind), ...head.filter(([key]) => key !== kind).sort(byKey)];
}

function sortInner(line: Record<string, unknown>): Record<string, unknown> {
  const [first, ...rest] = Object.entries(line);
  if (first === undefined) return line;
  return Object.fromEntries([
    [first[0], sortDeep(first[1])],
    ...rest.map(([k, v]) => [k, sortDeep(v)] as const).sort(byKey),
  ]);
}

function sortDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortDeep);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(byKey)
      .map(([k, v]) => [k, sortDeep(v)]),
  );
}
