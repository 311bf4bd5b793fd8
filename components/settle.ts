import * as pulumi from "@pulumi/pulumi";
import { isUnknown, unknown } from "@pulumi/pulumi/output.js";

/** Args with everything resolved that can be: what is not yet computed at preview is `unknown`. */
export type Settled = {
  readonly value: unknown;
  /** Paths of values that a program marked as secret, `stats.password`. */
  readonly secretPaths: ReadonlySet<string>;
};

/**
 * Waits for every output in a value.
 *
 * `pulumi.output(value)` would do the same, but one secret or unknown part would make the whole secret or unknown.
 */
export async function settle(value: unknown): Promise<Settled> {
  const secretPaths = new Set<string>();
  return { value: await settleAt(value, "", secretPaths), secretPaths };
}

/** The same without waiting: whatever is not a plain value is `unknown`. */
export function settleNow(value: unknown): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return unknown;
  if (typeof value !== "object" || value === null) return value;
  if (isUnknown(value) || pulumi.Resource.isInstance(value)) return value;
  if (Array.isArray(value)) return value.map(settleNow);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, settleNow(field)]));
}

/** Paths of a settled value at which something is not yet computed. */
export function unknownPaths(value: unknown, path = ""): string[] {
  if (isUnknown(value)) return [path];
  if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) return [];
  return Object.entries(value).flatMap(([key, field]) => unknownPaths(field, joined(path, key)));
}

async function settleAt(value: unknown, path: string, secretPaths: Set<string>): Promise<unknown> {
  if (pulumi.Output.isInstance<unknown>(value)) {
    const inner = await promiseOf(value);
    if (await pulumi.isSecret(value)) secretPaths.add(path);
    return settleAt(inner, path, secretPaths);
  }
  if (value instanceof Promise) return settleAt(await value, path, secretPaths);
  if (typeof value !== "object" || value === null) return value;
  if (isUnknown(value) || pulumi.Resource.isInstance(value)) return value;
  if (Array.isArray(value)) {
    return Promise.all(value.map((member, index) => settleAt(member, joined(path, index), secretPaths)));
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const settled = fields.map(async ([key, field]) => [key, await settleAt(field, joined(path, key), secretPaths)]);
  return Object.fromEntries(await Promise.all(settled));
}

/** Value of an output with its unknown parts in place; the SDK has this method and keeps it out of its types. */
export async function promiseOf(output: pulumi.Output<unknown>): Promise<unknown> {
  const { promise, isKnown } = output as unknown as {
    promise: (withUnknowns: boolean) => Promise<unknown>;
    isKnown: Promise<boolean>;
  };
  const value = await promise(true);
  return (await isKnown) || containsUnknown(value) ? value : unknown;
}

/** The same value, unknown parts in place, without the resources that it waited for: who uses it is not replaced with them. */
export function apart<T>(output: pulumi.Output<T>): pulumi.Output<T> {
  return pulumi.output(promiseOf(output)) as pulumi.Output<unknown> as pulumi.Output<T>;
}

/** Whether any part of a settled value is not yet computed. */
export function containsUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) return false;
  return isUnknown(value) || Object.values(value).some(containsUnknown);
}

function joined(path: string, key: string | number): string {
  return path === "" ? String(key) : `${path}.${key}`;
}
