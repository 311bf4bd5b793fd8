// What a resource type takes and gives, said once: Check, the schema and the outputs
// of a preview are read from it.

/** Type of one property. Integers travel as numbers, enumerations as strings. */
export type Type =
  | { readonly kind: "string"; readonly oneOf?: readonly string[] }
  | { readonly kind: "number" }
  | { readonly kind: "integer"; readonly min?: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "any" }
  /** A file, a text or a directory. */
  | { readonly kind: "source" }
  | { readonly kind: "list"; readonly items: Type }
  | { readonly kind: "map"; readonly values: Type }
  | { readonly kind: "object"; readonly name: string; readonly fields: Shape };

export type Field = {
  readonly type: Type;
  readonly isRequired?: true;
  /** Check marks the value as a secret, whatever the program gave. */
  readonly isSecret?: true;
  /** SDKs tell the engine to replace the resource when it changes. */
  readonly isReplacedOnChange?: true;
  /** What Check fills in. */
  readonly default?: string | number | boolean;
  readonly description?: string;
};

/** Properties by name. */
export type Shape = { readonly [name: string]: Field };

export const string: Type = { kind: "string" };
export const number: Type = { kind: "number" };
export const boolean: Type = { kind: "boolean" };
export const any: Type = { kind: "any" };
export const strings: Type = { kind: "list", items: string };
