import { asArchive, asAsset, isMarked, isObject, isSecret, reveal, type Value, type Values } from "./values.ts";

/** What happened to one property, by its path: `connection.host`, `triggers[1]`, `environment["A.B"]`. */
export type Change = { readonly path: string; readonly kind: "add" | "delete" | "update" };

/**
 * Every difference between two sets of properties, as deep as it can be located.
 *
 * A secret is one value: what changed inside it is not said.
 */
export function diffValues(olds: Values, news: Values): Change[] {
  return diffMembers(olds, news, "");
}

/** Whether two values are the same to the engine: assets by their content, secrets by what they hide. */
export function isSame(old: Value, next: Value): boolean {
  return diffValue(old, next, "").length === 0;
}

function diffMembers(olds: Values, news: Values, prefix: string): Change[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  return names.flatMap((name) => diffMember(olds[name] ?? null, news[name] ?? null, memberPath(prefix, name)));
}

function diffMember(old: Value, next: Value, path: string): Change[] {
  if (old === null) return next === null ? [] : [{ path, kind: "add" }];
  return next === null ? [{ path, kind: "delete" }] : diffValue(old, next, path);
}

function diffValue(old: Value, next: Value, path: string): Change[] {
  if (isSecret(old) || isSecret(next)) {
    const isEqual = isSecret(old) && isSecret(next) && isSame(reveal(old), reveal(next));
    return isEqual ? [] : [{ path, kind: "update" }];
  }
  const [oldHash, nextHash] = [hashOf(old), hashOf(next)];
  if (oldHash !== undefined || nextHash !== undefined) return oldHash === nextHash ? [] : [{ path, kind: "update" }];
  if (Array.isArray(old) && Array.isArray(next)) return diffItems(old, next, path);
  if (isObject(old) && isObject(next) && !isMarked(old) && !isMarked(next)) return diffMembers(old, next, path);
  return JSON.stringify(old) === JSON.stringify(next) ? [] : [{ path, kind: "update" }];
}

function diffItems(olds: Value[], news: Value[], path: string): Change[] {
  return Array.from({ length: Math.max(olds.length, news.length) }, (_, index) => {
    const [old, next] = [olds[index], news[index]];
    const itemPath = `${path}[${index}]`;
    if (old === undefined) return [{ path: itemPath, kind: "add" } as const];
    return next === undefined ? [{ path: itemPath, kind: "delete" } as const] : diffValue(old, next, itemPath);
  }).flat();
}

/** Identity of an asset or archive; the kind is part of it. */
function hashOf(value: Value): string | undefined {
  const asset = asAsset(value);
  if (asset !== undefined) return `asset ${asset.hash}`;
  const archive = asArchive(value);
  return archive === undefined ? undefined : `archive ${archive.hash}`;
}

function memberPath(prefix: string, name: string): string {
  if (/[.[\]"]/.test(name)) return `${prefix}[${JSON.stringify(name)}]`;
  return prefix === "" ? name : `${prefix}.${name}`;
}
