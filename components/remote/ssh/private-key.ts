import { createPrivateKey } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";
import { encodePrivateKey } from "./openssh-key.ts";

/**
 * Private key as ssh2 wants it, from any of the formats that the official plugin takes:
 * OpenSSH, PKCS#1, SEC 1 and PKCS#8, each with or without a passphrase.
 *
 * @throws Error that says what is wrong, never a part of the key
 */
export function readPrivateKey(text: string, passphrase: string | undefined): ParsedKey {
  const parsed = ssh2.utils.parseKey(text, passphrase);
  if (!(parsed instanceof Error)) return firstOf(parsed);
  if (!/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) throw new Error(`ssh: ${reasonOf(parsed)}`);
  // ssh2 does not read PKCS#8, which is what tls.PrivateKey gives for ED25519.
  const converted = ssh2.utils.parseKey(fromPkcs8(text, passphrase));
  if (converted instanceof Error) throw new Error(`ssh: ${reasonOf(converted)}`);
  return firstOf(converted);
}

function fromPkcs8(text: string, passphrase: string | undefined): string {
  const key = createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
  const converted = encodePrivateKey(key);
  if (converted === undefined) throw new Error("ssh: the private key is on a curve that ssh does not have");
  return converted;
}

function firstOf(parsed: ParsedKey | ParsedKey[]): ParsedKey {
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) throw new Error("ssh: no key found");
  if (!key.isPrivateKey()) throw new Error("ssh: the private key is a public key");
  return key;
}

function reasonOf(error: Error): string {
  if (/no passphrase/i.test(error.message)) return "this private key is passphrase protected";
  if (/bad passphrase|integrity/i.test(error.message)) return "the private key's passphrase is wrong";
  return "no key found";
}
