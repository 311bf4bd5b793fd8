import { createHash } from "node:crypto";
import type { ResourceType } from "../grpc/provider.ts";
import { checkNames, checkReadable } from "./checks.ts";
import { algorithmOf, readPrivateKey } from "./keys.ts";
import { type AlternativeNames, buildAlternativeNames, buildName, type Subject } from "./names.ts";
import { issueRequest } from "./request.ts";
import { certRequestInputs, certRequestOutputs } from "./shapes.ts";
import { unchanging } from "./unchanging.ts";

type Inputs = AlternativeNames & { readonly privateKeyPem: string; readonly subject?: Subject };

/** `tls:index/certRequest:CertRequest`: a request for a certificate, PKCS#10. */
export const certRequest: ResourceType = {
  ...unchanging,
  inputs: certRequestInputs,
  outputs: certRequestOutputs,
  check: (inputs, refused) =>
    refused.length > 0 ? [] : [...checkNames(inputs), ...checkReadable(inputs, "privateKeyPem", readPrivateKey)],
  isReplacedBy: () => true,
  create: async (inputs) => {
    const { privateKeyPem, subject = {}, ...names } = inputs as unknown as Inputs;
    const key = readPrivateKey(privateKeyPem, "privateKeyPem");
    const certRequestPem = issueRequest(buildName(subject), buildAlternativeNames(names), key);
    const id = createHash("sha1").update(certRequestPem).digest("hex");
    return { id, added: { certRequestPem, keyAlgorithm: algorithmOf(key) } };
  },
};
