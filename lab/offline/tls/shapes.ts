import { boolean, type Field, type Shape, string, strings, type Type } from "../grpc/shape.ts";
import { ALGORITHMS, CURVES } from "./keys.ts";
import { USES } from "./uses.ts";

// Inputs and outputs of @pulumi/tls 5.5.1.

const text: Field = { type: string };
const flag: Field = { type: boolean };
const texts: Field = { type: strings };
const privateKey: Field = { type: string, isRequired: true, isSecret: true };
const hours: Type = { kind: "integer", min: 0 };

const subjectFields: Shape = {
  commonName: text,
  country: text,
  emailAddress: text,
  locality: text,
  organization: text,
  organizationalUnit: text,
  postalCode: text,
  province: text,
  serialNumber: text,
  streetAddresses: texts,
};

const names = (subjectType: string): Shape => ({
  subject: { type: { kind: "object", name: `index/${subjectType}:${subjectType}`, fields: subjectFields } },
  dnsNames: texts,
  ipAddresses: texts,
  uris: texts,
});

/** What every certificate takes. */
const validity: Shape = {
  allowedUses: { type: { kind: "list", items: { kind: "string", oneOf: USES } }, isRequired: true },
  validityPeriodHours: { type: hours, isRequired: true },
  earlyRenewalHours: { type: hours },
  isCaCertificate: flag,
  maxPathLength: { type: { kind: "integer", min: -1 } },
  setSubjectKeyId: flag,
};

/** What every certificate gives. */
const certificate: Shape = {
  certPem: text,
  readyForRenewal: flag,
  validityStartTime: text,
  validityEndTime: text,
};

export const privateKeyInputs: Shape = {
  algorithm: { type: { kind: "string", oneOf: ALGORITHMS }, isRequired: true },
  ecdsaCurve: { type: { kind: "string", oneOf: CURVES } },
  rsaBits: { type: { kind: "integer", min: 1024 } },
};

const secretText: Field = { type: string, isSecret: true };

export const publicKeyOutputs: Shape = {
  publicKeyPem: text,
  publicKeyOpenssh: text,
  publicKeyFingerprintMd5: text,
  publicKeyFingerprintSha256: text,
};

export const privateKeyOutputs: Shape = {
  privateKeyPem: secretText,
  privateKeyPemPkcs8: secretText,
  privateKeyOpenssh: secretText,
  ...publicKeyOutputs,
};

export const certRequestInputs: Shape = { privateKeyPem: privateKey, ...names("CertRequestSubject") };
export const certRequestOutputs: Shape = { certRequestPem: text, keyAlgorithm: text };

export const selfSignedInputs: Shape = {
  privateKeyPem: privateKey,
  ...names("SelfSignedCertSubject"),
  ...validity,
  setAuthorityKeyId: flag,
};
export const selfSignedOutputs: Shape = { ...certificate, keyAlgorithm: text };

export const locallySignedInputs: Shape = {
  caPrivateKeyPem: privateKey,
  caCertPem: { type: string, isRequired: true },
  certRequestPem: { type: string, isRequired: true },
  ...validity,
};
export const locallySignedOutputs: Shape = { ...certificate, caKeyAlgorithm: text };

export const getPublicKeyInputs: Shape = { privateKeyPem: secretText, privateKeyOpenssh: secretText };
