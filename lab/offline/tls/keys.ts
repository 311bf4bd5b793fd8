import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

/** The plugin's words for algorithms and curves. */
export const ALGORITHMS = ["RSA", "ECDSA", "ED25519"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
export const CURVES = ["P224", "P256", "P384", "P521"] as const;
export type Curve = (typeof CURVES)[number];

const generate = promisify(generateKeyPair);

/** New private key. */
export async function generateKey(algorithm: Algorithm, curve: Curve, rsaBits: number): Promise<KeyObject> {
  switch (algorithm) {
    case "RSA":
      return (await generate("rsa", { modulusLength: rsaBits })).privateKey;
    case "ECDSA":
      return (await generate("ec", { namedCurve: curve.replace("P", "P-") })).privateKey;
    case "ED25519":
      return (await generate("ed25519")).privateKey;
  }
}

/**
 * Private key from PEM: PKCS#1, SEC 1 or PKCS#8.
 *
 * @throws Error that names the property and holds nothing of the key
 */
export function readPrivateKey(pem: string, property: string): KeyObject {
  const key = parse(
    () => createPrivateKey(pem),
    `${property}: got something else, want an unencrypted private key in PEM`,
  );
  algorithmOf(key);
  return key;
}

/** @throws Error for a key that certificates of this plugin can't have */
export function algorithmOf(key: KeyObject): Algorithm {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return "RSA";
    case "ec":
      return "ECDSA";
    case "ed25519":
      return "ED25519";
    default:
      throw new Error(`got a private key of type ${key.asymmetricKeyType}, want one of ${ALGORITHMS.join(", ")}`);
  }
}

/** Private key in each algorithm's traditional PEM form. */
export function encodePem(key: KeyObject): string {
  switch (algorithmOf(key)) {
    case "RSA":
      return exportPem(key, "pkcs1");
    case "ECDSA":
      return exportPem(key, "sec1");
    case "ED25519":
      return exportPem(key, "pkcs8");
  }
}

/** Private key in the one form that fits all. */
export function encodePkcs8(key: KeyObject): string {
  return exportPem(key, "pkcs8");
}

/** Public half in PEM. */
export function encodePublicPem(key: KeyObject): string {
  return String(createPublicKey(key).export({ type: "spki", format: "pem" }));
}

/** Public half as a SubjectPublicKeyInfo. */
export function encodeSpki(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

/** Runs a parser of this or another library and replaces its error, which may quote its input. */
export function parse<T>(work: () => T, complaint: string): T {
  try {
    return work();
  } catch {
    throw new Error(complaint);
  }
}

function exportPem(key: KeyObject, type: "pkcs1" | "sec1" | "pkcs8"): string {
  return String(key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }));
}
