import type { ResourceType } from "../grpc/provider.ts";
import { issueCertificate, keyIdentifier } from "./certificate.ts";
import { checkNames, checkReadable } from "./checks.ts";
import { algorithmOf, encodeSpki, readPrivateKey } from "./keys.ts";
import { type AlternativeNames, buildAlternativeNames, buildName, type Subject } from "./names.ts";
import { type Clock, describePeriod, periodFrom, renewing } from "./renewal.ts";
import { selfSignedInputs, selfSignedOutputs } from "./shapes.ts";
import { toArrayBuffer } from "./sign.ts";

/** What every certificate takes. */
export type CertificateInputs = {
  readonly allowedUses: readonly string[];
  readonly validityPeriodHours: number;
  readonly isCaCertificate?: boolean;
  readonly maxPathLength?: number;
  readonly setSubjectKeyId?: boolean;
};

type Inputs = CertificateInputs &
  AlternativeNames & {
    readonly privateKeyPem: string;
    readonly subject?: Subject;
    readonly setAuthorityKeyId?: boolean;
  };

/** `tls:index/selfSignedCert:SelfSignedCert`: a certificate that its own key signs, mostly a CA's. */
export function selfSignedCert(clock: Clock): ResourceType {
  const shared = renewing(clock);
  return {
    ...shared,
    inputs: selfSignedInputs,
    outputs: selfSignedOutputs,
    outputDefaults: { ...shared.outputDefaults, setAuthorityKeyId: false },
    check: (inputs, refused) =>
      refused.length > 0 ? [] : [...checkNames(inputs), ...checkReadable(inputs, "privateKeyPem", readPrivateKey)],
    create: async (values) => {
      const inputs = values as unknown as Inputs;
      const key = readPrivateKey(inputs.privateKeyPem, "privateKeyPem");
      const name = buildName(inputs.subject ?? {});
      const publicKey = toArrayBuffer(encodeSpki(key));
      const period = periodFrom(clock(), inputs.validityPeriodHours);
      const { pem, serialNumber } = issueCertificate({
        ...describeAuthority(inputs),
        ...period,
        subject: name,
        issuer: name,
        publicKey,
        alternativeNames: buildAlternativeNames(inputs),
        authorityKeyId: inputs.setAuthorityKeyId ? keyIdentifier(publicKey) : undefined,
        signer: key,
      });
      return { id: serialNumber, added: { certPem: pem, keyAlgorithm: algorithmOf(key), ...describePeriod(period) } };
    },
  };
}

/** What a certificate allows its holder to do. */
export function describeAuthority({
  allowedUses,
  isCaCertificate,
  maxPathLength = -1,
  setSubjectKeyId,
}: CertificateInputs) {
  return {
    uses: allowedUses,
    isCa: isCaCertificate ?? false,
    pathLengthMax: maxPathLength < 0 ? undefined : maxPathLength,
    hasSubjectKeyId: setSubjectKeyId ?? false,
  };
}
