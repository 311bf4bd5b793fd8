import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { algorithmOf } from "./keys.ts";

/** How a key signs: the algorithm's name in certificates and the hash, if it takes one. */
type Scheme = { readonly oid: string; readonly hash: string | null; readonly hasNull: boolean };

// RFC 5758 3.2: the hash of ECDSA is about as long as the curve.
const ECDSA: Readonly<Record<string, Scheme>> = {
  secp224r1: { oid: "1.2.840.10045.4.3.2", hash: "sha256", hasNull: false },
  prime256v1: { oid: "1.2.840.10045.4.3.2", hash: "sha256", hasNull: false },
  secp384r1: { oid: "1.2.840.10045.4.3.3", hash: "sha384", hasNull: false },
  secp521r1: { oid: "1.2.840.10045.4.3.4", hash: "sha512", hasNull: false },
};
// RFC 4055 5: the parameters are NULL, not absent.
const RSA: Scheme = { oid: "1.2.840.113549.1.1.11", hash: "sha256", hasNull: true };
const ED25519: Scheme = { oid: "1.3.101.112", hash: null, hasNull: false };

/** DER of NULL. */
const NULL = new Uint8Array([5, 0]).buffer;

/** Signature algorithm as it stands in a certificate. */
export function signatureAlgorithm(key: KeyObject): AlgorithmIdentifier {
  const { oid, hasNull } = schemeOf(key);
  return new AlgorithmIdentifier({ algorithm: oid, ...(hasNull ? { parameters: NULL } : {}) });
}

export function signBytes(key: KeyObject, bytes: ArrayBuffer): ArrayBuffer {
  return toArrayBuffer(sign(schemeOf(key).hash, Buffer.from(bytes), key));
}

/** Whether a signature was made with the private half of a public key. */
export function isSignedBy(spki: ArrayBuffer, oid: string, bytes: ArrayBuffer, signature: ArrayBuffer): boolean {
  const hash = HASH_OF_OID[oid];
  if (hash === undefined) return false;
  const key = createPublicKey({ key: Buffer.from(spki), type: "spki", format: "der" });
  return verify(hash, Buffer.from(bytes), key, Buffer.from(signature));
}

/** Requests may come from elsewhere, with other hashes than ours. */
const HASH_OF_OID: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};

function schemeOf(key: KeyObject): Scheme {
  switch (algorithmOf(key)) {
    case "RSA":
      return RSA;
    case "ED25519":
      return ED25519;
    case "ECDSA": {
      const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
      const scheme = ECDSA[curve];
      if (scheme === undefined) throw new Error(`got a key on curve ${curve}, want P-224, P-256, P-384 or P-521`);
      return scheme;
    }
  }
}

/** The bytes alone: a Buffer may be a window on a larger pool. */
export function toArrayBuffer(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}
