import { createHash, createPrivateKey } from "node:crypto";
import type { FunctionType } from "../grpc/provider.ts";
import { algorithmOf, encodePublicPem, parse, readPrivateKey } from "./keys.ts";
import { describePublicKey } from "./public-key.ts";
import { getPublicKeyInputs, publicKeyOutputs } from "./shapes.ts";

/** `tls:index/getPublicKey:getPublicKey`: the public half of a private key in PEM or OpenSSH form. */
export const getPublicKey: FunctionType = {
  inputs: getPublicKeyInputs,
  outputs: { algorithm: { type: { kind: "string" } }, id: { type: { kind: "string" } }, ...publicKeyOutputs },
  check: ({ privateKeyPem, privateKeyOpenssh }) =>
    (typeof privateKeyPem === "string") === (typeof privateKeyOpenssh === "string")
      ? [{ property: "", reason: "want exactly one of privateKeyPem and privateKeyOpenssh" }]
      : [],
  invoke: async ({ privateKeyPem, privateKeyOpenssh }) => {
    const key =
      typeof privateKeyPem === "string"
        ? readPrivateKey(privateKeyPem, "privateKeyPem")
        : await readOpenssh(String(privateKeyOpenssh));
    const id = createHash("sha1").update(encodePublicPem(key)).digest("hex");
    return { algorithm: algorithmOf(key), id, ...describePublicKey(key) };
  },
};

/** Loads ssh2 only when it is needed: it takes a fifth of the plugin's start-up time. */
async function readOpenssh(text: string) {
  const { default: ssh2 } = await import("ssh2");
  const parsed = ssh2.utils.parseKey(text);
  const want = "privateKeyOpenssh: got something else, want an unencrypted private key of OpenSSH";
  if (parsed instanceof Error) throw new Error(want);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  return parse(() => createPrivateKey(key?.getPrivatePEM() ?? ""), want);
}
