import { createHash } from "node:crypto";
import { encodePrivateKey } from "../../../components/remote/ssh/openssh-key.ts";
import type { ResourceType } from "../grpc/provider.ts";
import { type Algorithm, type Curve, encodePem, encodePkcs8, encodePublicPem, generateKey } from "./keys.ts";
import { describePublicKey } from "./public-key.ts";
import { privateKeyInputs, privateKeyOutputs } from "./shapes.ts";
import { unchanging } from "./unchanging.ts";

type Inputs = { readonly algorithm: Algorithm; readonly ecdsaCurve?: Curve; readonly rsaBits?: number };

/** The official plugin's. Browsers refuse P-224: a program for them says P256. */
const DEFAULTS = { ecdsaCurve: "P224", rsaBits: 2048 } as const;

/** `tls:index/privateKey:PrivateKey`: a new key pair, kept in the state as secrets. */
export const privateKey: ResourceType = {
  ...unchanging,
  inputs: privateKeyInputs,
  outputs: privateKeyOutputs,
  outputDefaults: DEFAULTS,
  isReplacedBy: () => true,
  create: async (inputs) => {
    const { algorithm, ecdsaCurve, rsaBits } = { ...DEFAULTS, ...(inputs as Inputs) };
    const key = await generateKey(algorithm, ecdsaCurve, rsaBits);
    const added = {
      privateKeyPem: encodePem(key),
      privateKeyPemPkcs8: encodePkcs8(key),
      privateKeyOpenssh: encodePrivateKey(key) ?? "",
      ...describePublicKey(key),
    };
    return { id: createHash("sha1").update(encodePublicPem(key)).digest("hex"), added };
  },
};
