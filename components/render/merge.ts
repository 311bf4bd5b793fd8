/** A value with another over it: objects are merged field by field, anything else is replaced. */
export function merged<T>(value: T, over: unknown): T {
  if (!isObject(value) || !isObject(over)) return (over === undefined ? value : over) as T;
  const fields: Record<string, unknown> = { ...value };
  for (const [key, field] of Object.entries(over)) fields[key] = merged(fields[key], field);
  return fields as T;
}

/** Whether a path leads to something in a value: `limits.fieldsMax`. */
export function hasPath(value: unknown, path: string): boolean {
  let current = value;
  for (const key of path.split(".")) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return false;
    current = current[key];
  }
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
