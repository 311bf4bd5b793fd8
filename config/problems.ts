import type * as z from "zod";

/**
 * One thing wrong with a document or with a component's args.
 *
 * `path` names the field (`backends.web3.address`), `got` is what stood there, quoted, and `want` what may stand there.
 */
export type Problem = { readonly path: string; readonly got: string; readonly want: string };

/** Long values are cut in messages; the path already names the field. */
const GOT_LENGTH_MAX = 80;

/** Fields whose value is never shown. */
const SECRET_FIELD = /password|privateKey|secret|token|passphrase/i;

/**
 * All problems of a zod error, one per field, in document order.
 *
 * The schema must have been run with `reportInput: true`, otherwise every value reads "nothing".
 */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, []));
}

/** `where: path: got X, want Y`, the one form in which bad input is reported. */
export function formatProblem(where: string, problem: Problem): string {
  const path = problem.path === "" ? "" : `${problem.path}: `;
  return `${where}: ${path}got ${problem.got}, want ${problem.want}`;
}

/** A value as it appears in a message: JSON, cut, never a secret. */
export function showValue(path: string, value: unknown): string {
  if (value === undefined) return "nothing";
  if (SECRET_FIELD.test(path)) return "a secret value";
  const withoutSecrets = (key: string, field: unknown) => (SECRET_FIELD.test(key) ? "…" : field);
  const text = JSON.stringify(value, withoutSecrets) ?? String(value);
  return text.length > GOT_LENGTH_MAX ? `${text.slice(0, GOT_LENGTH_MAX)}…` : text;
}

function problemsOfIssue(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): Problem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField(path, key, issue.input));
  if (issue.code === "invalid_union" && issue.errors.length > 0) return problemsOfUnion(issue, path);
  if (issue.code === "invalid_key") {
    return issue.issues.map((inner) => ({
      path: joinPath(path),
      got: showValue("", inner.input),
      want: inner.message,
    }));
  }
  const text = joinPath(path);
  return [{ path: text, got: showValue(text, issue.input), want: wantOf(issue) }];
}

/** What a schema without words of its own expects. */
const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};

function wantOf(issue: z.core.$ZodIssue): string {
  const isWordless = issue.code === "invalid_type" && issue.message.startsWith("Invalid input");
  return isWordless ? (KINDS[issue.expected] ?? issue.expected) : issue.message;
}

function unknownField(path: readonly PropertyKey[], key: string, input: unknown): Problem {
  const value = typeof input === "object" && input !== null ? Reflect.get(input, key) : undefined;
  const text = joinPath([...path, key]);
  return { path: text, got: showValue(text, value), want: "no such field" };
}

/** Of a union's branches, the one that came furthest says what is wrong; where none got anywhere, the union does. */
function problemsOfUnion(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): Problem[] {
  const depth = (branch: z.core.$ZodIssue[]) => Math.max(0, ...branch.map((inner) => inner.path.length));
  const [best = []] = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  if (depth(best) === 0) {
    const text = joinPath(path);
    return [{ path: text, got: showValue(text, issue.input), want: issue.message }];
  }
  return best.flatMap((inner) => problemsOfIssue(inner, path));
}

function joinPath(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}
