import { createHash, createPublicKey, type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";

// OpenSSH's own formats (PROTOCOL.key in its source; RFC 4253 6.6, RFC 5656, RFC 8709).
// Everything is strings and big integers with a 32-bit length in front:
//
//   public   string type | fields
//   private  "openssh-key-v1\0" | string cipher | string kdf | string kdf options
//            | uint32 keys | string public | string ( check | check | type | fields | comment | padding )

const CURVES: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };
/** The private section ends at a multiple of this, as no cipher is used. */
const BLOCK_BYTES = 8;
const LINE_LENGTH = 70;

/** Public key as in authorized_keys, without comment; undefined where OpenSSH has no word for the key (P-224). */
export function encodePublicKey(key: KeyObject): string | undefined {
  const blob = encodePublicBlob(key);
  return blob === undefined ? undefined : `${typeOf(jwkOf(key) ?? {})} ${blob.toString("base64")}`;
}

/** What `ssh-keygen -l` prints: `SHA256:…` without padding, or colon-separated MD5. */
export function fingerprint(key: KeyObject, hash: "sha256" | "md5"): string | undefined {
  const blob = encodePublicBlob(key);
  if (blob === undefined) return undefined;
  const digest = createHash(hash).update(blob).digest();
  if (hash === "sha256") return `SHA256:${digest.toString("base64").replace(/=+$/, "")}`;
  return digest.toString("hex").replace(/(..)(?!$)/g, "$1:");
}

/** Private key in PEM armour as `ssh-keygen` writes it, without passphrase; undefined for P-224. */
export function encodePrivateKey(key: KeyObject): string | undefined {
  const jwk = jwkOf(key);
  const blob = encodePublicBlob(createPublicKey(key));
  if (jwk === undefined || blob === undefined) return undefined;
  const check = randomBytes(4);
  const inner = Buffer.concat([check, check, text(typeOf(jwk)), ...privateFields(jwk), text("")]);
  const padding = Buffer.from(Array.from({ length: -inner.length & (BLOCK_BYTES - 1) }, (_, index) => index + 1));
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[text("none"), text("none"), text(""), uint32(1)],
    bytes(blob),
    bytes(Buffer.concat([inner, padding])),
  ]);
  const lines = whole.toString("base64").match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

function encodePublicBlob(key: KeyObject): Buffer | undefined {
  const jwk = jwkOf(key);
  return jwk === undefined ? undefined : Buffer.concat([text(typeOf(jwk)), ...publicFields(jwk)]);
}

function jwkOf(key: KeyObject): JsonWebKey | undefined {
  const isKnown = key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "secp224r1";
  return isKnown ? key.export({ format: "jwk" }) : undefined;
}

function typeOf(jwk: JsonWebKey): string {
  if (jwk.kty === "RSA") return "ssh-rsa";
  return jwk.kty === "OKP" ? "ssh-ed25519" : `ecdsa-sha2-${CURVES[jwk.crv ?? ""]}`;
}

function publicFields(jwk: JsonWebKey): Buffer[] {
  if (jwk.kty === "RSA") return [mpint(field(jwk.e)), mpint(field(jwk.n))];
  if (jwk.kty === "OKP") return [bytes(field(jwk.x))];
  return [text(CURVES[jwk.crv ?? ""] ?? ""), bytes(point(jwk))];
}

function privateFields(jwk: JsonWebKey): Buffer[] {
  if (jwk.kty === "RSA") return [jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map((part) => mpint(field(part)));
  if (jwk.kty === "OKP") return [bytes(field(jwk.x)), bytes(Buffer.concat([field(jwk.d), field(jwk.x)]))];
  return [...publicFields(jwk), mpint(field(jwk.d))];
}

/** Uncompressed point: 04, x, y. */
function point(jwk: JsonWebKey): Buffer {
  return Buffer.concat([Buffer.from([4]), field(jwk.x), field(jwk.y)]);
}

function field(base64url: string | undefined): Buffer {
  return Buffer.from(base64url ?? "", "base64url");
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function bytes(content: Buffer): Buffer {
  return Buffer.concat([uint32(content.length), content]);
}

function text(content: string): Buffer {
  return bytes(Buffer.from(content));
}

/** RFC 4251 5: no leading zeros, but one where the first bit is set, as the number is positive. */
function mpint(unsigned: Buffer): Buffer {
  const start = unsigned.findIndex((byte) => byte !== 0);
  const trimmed = start < 0 ? Buffer.alloc(0) : unsigned.subarray(start);
  return bytes((trimmed[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed);
}
