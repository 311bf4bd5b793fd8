// Property values as the engine sends them: JSON values, in which an object with a
// signature stands for what JSON has no word for (secret, asset, archive) and a fixed
// string for a value that a preview can't know yet. The engine's own constants
// (sdk/go/common/resource/plugin/rpc.go); the Node SDK's copy costs 0.3 s to import.

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** Stands for a value that is known only after the update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS: ReadonlySet<unknown> = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

export type Value = null | boolean | number | string | Value[] | Values;
export type Values = { [key: string]: Value };

export type Asset = { readonly hash: string; readonly path?: string; readonly text?: string; readonly uri?: string };
export type Archive = { readonly hash: string; readonly path?: string; readonly uri?: string };

export function isUnknown(value: Value | undefined): boolean {
  return UNKNOWNS.has(value);
}

/** Whether a preview can't know some part of the value. */
export function containsUnknown(value: Value): boolean {
  if (Array.isArray(value)) return value.some(containsUnknown);
  if (isObject(value)) return Object.values(value).some(containsUnknown);
  return isUnknown(value);
}

/** The value as a secret; one that is a secret already is left alone. */
export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

export function isSecret(value: Value | undefined): boolean {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

/** The value without the mark of a secret at its top; its parts keep theirs. */
export function unwrap(value: Value): Value {
  return isObject(value) && isSecret(value) ? (value["value"] ?? null) : value;
}

/** The value without any mark of a secret, at any depth. Fields that are null are left out: they mean "not given". */
export function reveal(value: Value): Value {
  const plain = unwrap(value);
  if (Array.isArray(plain)) return plain.map(reveal);
  return isObject(plain) ? revealAll(plain) : plain;
}

/** All the fields without any mark of a secret; see {@link reveal}. */
export function revealAll(values: Values): Values {
  return mapValues(withoutNulls(values), reveal);
}

export function withoutNulls(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => unwrap(value) !== null));
}

/** The asset that a value stands for; undefined when it stands for none. */
export function asAsset(value: Value | undefined): Asset | undefined {
  return hasSignature(value, ASSET) ? (value as unknown as Asset) : undefined;
}

/** The archive that a value stands for; undefined when it stands for none. */
export function asArchive(value: Value | undefined): Archive | undefined {
  return hasSignature(value, ARCHIVE) ? (value as unknown as Archive) : undefined;
}

/** A file as an asset, for an output. */
export function fileAsset(path: string, hash: string): Value {
  return { [SIGNATURE]: ASSET, path, hash };
}

/** Files by name as an archive, for an output. */
export function assetArchive(assets: Values, hash: string): Value {
  return { [SIGNATURE]: ARCHIVE, assets, hash };
}

/** Whether the value has a meaning beyond its JSON: a secret, an asset, an archive, a resource. */
export function isMarked(value: Value | undefined): boolean {
  return isObject(value) && SIGNATURE in value;
}

export function isObject(value: Value | undefined): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function mapValues(values: Values, convert: (value: Value, key: string) => Value): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, convert(value, key)]));
}

function hasSignature(value: Value | undefined, signature: string): boolean {
  return isObject(value) && value[SIGNATURE] === signature;
}
