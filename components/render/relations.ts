import type { Problem } from "../../config/problems.ts";

// What is wrong with args is told as far as they are known, and all of it at once: a value that is wrong by itself, or
// not yet computed, keeps nobody from hearing of the others. What is doubtful so is taken out, and a relation is asked
// about only when nothing that it reads was.

/** Something that must hold between several values. */
export type Relation<T> = {
  /** Fields that it reads, `*` for any name: `hosts.*.priority`. */
  readonly reads: readonly string[];
  readonly problems: (sound: T) => readonly Problem[];
};

/** Everything that args are judged by. */
export type Judgement<T> = {
  /** What is wrong with single values. */
  readonly values: (args: unknown) => readonly Problem[];
  /** What the relations are asked about: made, once for all of them, of the args without what is doubtful. */
  readonly sound: (args: unknown) => T;
  readonly relations: readonly Relation<T>[];
};

/**
 * Everything that is wrong with args.
 *
 * @param notKnown  paths of values that are not yet computed: what is said of them themselves does not count
 */
export function judged<T>(judgement: Judgement<T>, args: unknown, notKnown: readonly string[]): Problem[] {
  const { values, relations } = judgement;
  const wrong = values(args);
  const doubtful = [...notKnown, ...wrong.map(({ path }) => path)];
  if (doubtful.includes("")) return [...wrong];
  const sound = judgement.sound(without(args, doubtful));
  const related = relations
    .filter(({ reads }) => !reads.some((field) => doubtful.some((path) => touches(field, path))))
    .flatMap(({ problems }) => problems(sound))
    .filter(({ path }) => !doubtful.some((other) => touches(path, other)));
  return [...wrong, ...related];
}

/** A value without what lies at some paths. */
export function without(value: unknown, paths: readonly string[]): unknown {
  const keysOf = paths.map((path) => path.split("."));
  return pruned(value, keysOf);
}

function pruned(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.length === 0 || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, field]): [string, unknown][] => {
    const inner = paths.flatMap(([first, ...rest]) => (first === key ? [rest] : []));
    return inner.some((rest) => rest.length === 0) ? [] : [[key, pruned(field, inner)]];
  });
  return Array.isArray(value) ? entries.map(([, field]) => field) : Object.fromEntries(entries);
}

/** Whether one of two paths lies within the other; `*` stands for any name. */
export function touches(a: string, b: string): boolean {
  const [left, right] = [a.split("."), b.split(".")];
  const length = Math.min(left.length, right.length);
  return left.slice(0, length).every((key, index) => key === "*" || right[index] === "*" || key === right[index]);
}
