import * as pulumi from "@pulumi/pulumi";

/**
 * Uses an input at once if it is a plain value, otherwise as soon as it is known.
 *
 * A plain object keeps its fields apart: one of them being secret or unknown makes the others neither.
 */
export function whenKnown<T, R>(input: pulumi.Input<T>, use: (value: T) => R): pulumi.Output<pulumi.Unwrap<R>> {
  if (isPlain(input)) return pulumi.output(use(input));
  return pulumi.output(input).apply((value) => pulumi.output(use(value as T)));
}

/** The same, except that what is made of a plain value is not wrapped: its parts keep their own secrecy and dependencies. */
export function used<T, R>(input: pulumi.Input<T>, use: (value: T) => R): R | pulumi.Output<pulumi.Unwrap<R>> {
  return isPlain(input) ? use(input) : whenKnown(input, use);
}

/** Lists as one, known as soon as all of them are. */
export function joinedLists<T>(lists: readonly pulumi.Input<T[]>[]): pulumi.Input<T[]> {
  if (lists.every(isPlain)) return lists.flat();
  return pulumi.all([...lists]).apply((known) => known.flat() as T[]) as pulumi.Output<T[]>;
}

/** Whether an input is a value already; its fields may still be outputs. */
export function isPlain<T>(input: pulumi.Input<T>): input is T {
  return !(pulumi.Output.isInstance(input) || input instanceof Promise);
}

/** A value that counts as computed only when some resources are there, and makes those who use it depend on them. */
export function after<T>(
  resources: readonly pulumi.Resource[],
  value: pulumi.Input<T>,
): pulumi.Output<pulumi.Unwrap<T>> {
  // The urn of a resource is known at preview already, so waiting for it makes nothing unknown.
  const urns = pulumi.all(resources.map(({ urn }) => urn));
  return pulumi.all([pulumi.output(value), urns]).apply(([known]) => known as pulumi.Unwrap<T>);
}

/** A record with each member replaced; anything else stays as it is, to be refused by the check of args. */
export function mapRecord<T, R>(record: { [key: string]: T }, use: (value: T) => R): { [key: string]: R } {
  if (typeof record !== "object" || record === null) return record;
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, use(value)]));
}
