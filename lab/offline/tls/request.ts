import type { KeyObject } from "node:crypto";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  Attribute,
  Extension,
  Extensions,
  type GeneralName,
  type Name,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
} from "@peculiar/asn1-x509";
import { encodePem } from "./certificate.ts";
import { encodeSpki, parse } from "./keys.ts";
import { decodePem } from "./pem.ts";
import { isSignedBy, signatureAlgorithm, signBytes } from "./sign.ts";

/** PKCS#9: extensions that the certificate shall have. */
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

/** What somebody asks a CA to certify. */
export type CertificateRequest = {
  readonly subject: Name;
  readonly alternativeNames: readonly GeneralName[];
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: ArrayBuffer;
};

/** Request (PKCS#10) in PEM, signed with the key that it is for. */
export function issueRequest(subject: Name, alternativeNames: readonly GeneralName[], key: KeyObject): string {
  const certificationRequestInfo = new CertificationRequestInfo({
    subject,
    subjectPKInfo: AsnConvert.parse(encodeSpki(key), SubjectPublicKeyInfo),
    attributes: new Attributes(alternativeNames.length === 0 ? [] : [askFor(alternativeNames)]),
  });
  const request = new CertificationRequest({
    certificationRequestInfo,
    signatureAlgorithm: signatureAlgorithm(key),
    signature: signBytes(key, AsnConvert.serialize(certificationRequestInfo)),
  });
  return encodePem("CERTIFICATE REQUEST", AsnConvert.serialize(request));
}

function askFor(names: readonly GeneralName[]): Attribute {
  const content = AsnConvert.serialize(new SubjectAlternativeName([...names]));
  const extension = new Extension({ extnID: SUBJECT_ALTERNATIVE_NAME, extnValue: new OctetString(content) });
  return new Attribute({ type: EXTENSION_REQUEST, values: [AsnConvert.serialize(new Extensions([extension]))] });
}

/**
 * Request read from PEM.
 *
 * @throws Error if it is none or its signature is wrong: the asker then does not have the key
 */
export function readRequest(pem: string, property: string): CertificateRequest {
  const want = `${property}: got something else, want a certificate request in PEM`;
  const request = parse(
    () => AsnConvert.parse(decodePem(pem, "(?:NEW )?CERTIFICATE REQUEST"), CertificationRequest),
    want,
  );
  const {
    certificationRequestInfo: info,
    certificationRequestInfoRaw: signed,
    signatureAlgorithm,
    signature,
  } = request;
  const publicKey = AsnConvert.serialize(info.subjectPKInfo);
  const isSigned = signed !== undefined && isSignedBy(publicKey, signatureAlgorithm.algorithm, signed, signature);
  if (!isSigned) throw new Error(`${property}: the request is not signed by its own key`);
  return { subject: info.subject, publicKey, alternativeNames: namesIn(info) };
}

function namesIn(info: CertificationRequestInfo): GeneralName[] {
  const asked = (info.attributes ?? []).filter(({ type }) => type === EXTENSION_REQUEST);
  const extensions = asked.flatMap(({ values }) => values).flatMap((value) => [...AsnConvert.parse(value, Extensions)]);
  const names = extensions.filter(({ extnID }) => extnID === SUBJECT_ALTERNATIVE_NAME);
  return names.flatMap(({ extnValue }) => [...AsnConvert.parse(extnValue.buffer, SubjectAlternativeName)]);
}
