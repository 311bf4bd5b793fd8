import type { KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";
import { encodePublicKey, fingerprint } from "../../../components/remote/ssh/openssh-key.ts";
import type { Values } from "../grpc/values.ts";
import { encodePublicPem } from "./keys.ts";

/** Public half of a private key, in every form that the plugin gives; empty where OpenSSH has none (P-224). */
export function describePublicKey(privateKey: KeyObject): Values {
  const key = createPublicKey(privateKey);
  const line = encodePublicKey(key);
  return {
    publicKeyPem: encodePublicPem(privateKey),
    publicKeyOpenssh: line === undefined ? "" : `${line}\n`,
    publicKeyFingerprintMd5: fingerprint(key, "md5") ?? "",
    publicKeyFingerprintSha256: fingerprint(key, "sha256") ?? "",
  };
}
