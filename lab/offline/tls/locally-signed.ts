import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, SubjectKeyIdentifier } from "@peculiar/asn1-x509";
import type { ResourceType } from "../grpc/provider.ts";
import { issueCertificate } from "./certificate.ts";
import { checkReadable } from "./checks.ts";
import { algorithmOf, encodeSpki, parse, readPrivateKey } from "./keys.ts";
import { decodePem } from "./pem.ts";
import { type Clock, describePeriod, periodFrom, renewing } from "./renewal.ts";
import { readRequest } from "./request.ts";
import { type CertificateInputs, describeAuthority } from "./self-signed.ts";
import { locallySignedInputs, locallySignedOutputs } from "./shapes.ts";

type Inputs = CertificateInputs & {
  readonly caPrivateKeyPem: string;
  readonly caCertPem: string;
  readonly certRequestPem: string;
};

/** `tls:index/locallySignedCert:LocallySignedCert`: a certificate that a CA of the program's own signs. */
export function locallySignedCert(clock: Clock): ResourceType {
  return {
    ...renewing(clock),
    inputs: locallySignedInputs,
    outputs: locallySignedOutputs,
    check: (inputs, refused) =>
      refused.length > 0
        ? []
        : [
            ...checkReadable(inputs, "caPrivateKeyPem", readPrivateKey),
            ...checkReadable(inputs, "caCertPem", readAuthority),
            ...checkReadable(inputs, "certRequestPem", readRequest),
          ],
    create: async (values) => {
      const inputs = values as unknown as Inputs;
      const signer = readPrivateKey(inputs.caPrivateKeyPem, "caPrivateKeyPem");
      const authority = readAuthority(inputs.caCertPem, "caCertPem");
      if (!encodeSpki(signer).equals(Buffer.from(authority.publicKey))) {
        throw new Error("caPrivateKeyPem: got another key than the one in caCertPem, want the CA's own");
      }
      const request = readRequest(inputs.certRequestPem, "certRequestPem");
      const period = periodFrom(clock(), inputs.validityPeriodHours);
      const { pem, serialNumber } = issueCertificate({
        ...describeAuthority(inputs),
        ...period,
        ...request,
        issuer: authority.name,
        authorityKeyId: authority.keyId,
        signer,
      });
      return {
        id: serialNumber,
        added: { certPem: pem, caKeyAlgorithm: algorithmOf(signer), ...describePeriod(period) },
      };
    },
  };
}

/** The part of a CA's certificate that goes into those below it. */
function readAuthority(pem: string, property: string) {
  const want = `${property}: got something else, want a certificate in PEM`;
  const { tbsCertificate: content } = parse(() => AsnConvert.parse(decodePem(pem, "CERTIFICATE"), Certificate), want);
  const keyId = content.extensions?.find(({ extnID }) => extnID === "2.5.29.14");
  return {
    name: content.subject,
    publicKey: AsnConvert.serialize(content.subjectPublicKeyInfo),
    keyId: keyId === undefined ? undefined : AsnConvert.parse(keyId.extnValue.buffer, SubjectKeyIdentifier).buffer,
  };
}
