/** A value with another over it: objects are merged field by field, anything else is replaced. */
export function merged<T>(value: T, over: unknown): T {
  if (!isObject(value) || !isObject(over)) return (over === undefined ? value : over) as T;
  const fields: Record<string, unknown> = { ...value };
  for (const [key, field] of Object.entries(over)) fields[key] = merged(fields[key], field);
  return fields as T;
}

/** Whether a path leads to something in a value: `limits.fieldsMax`. */
export function hasPath(value: unknown, path: string): boolean {
  return valueAt(value, path) !== undefined;
}

/** What a path leads to in a value; undefined when there is nothing. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const key of path.split(".")) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
