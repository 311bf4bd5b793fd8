import { createHash, type KeyObject, randomBytes } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  Extension,
  Extensions,
  type GeneralName,
  type Name,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { signatureAlgorithm, signBytes, toArrayBuffer } from "./sign.ts";
import { buildKeyUsage, buildPurposes } from "./uses.ts";

/** Everything that a certificate says, and who says it. */
export type CertificatePlan = {
  readonly subject: Name;
  readonly issuer: Name;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: ArrayBuffer;
  readonly alternativeNames: readonly GeneralName[];
  readonly uses: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isCa: boolean;
  /** Certificates that may follow below a CA; undefined: any number. */
  readonly pathLengthMax: number | undefined;
  readonly hasSubjectKeyId: boolean;
  readonly authorityKeyId: ArrayBuffer | undefined;
  readonly signer: KeyObject;
};

export type IssuedCertificate = {
  readonly pem: string;
  /** Decimal. */
  readonly serialNumber: string;
};

/** RFC 5280 4.1.2.2 allows 20 bytes; random ones can't be guessed (CA/Browser Forum 7.1 wants 64 bits). */
const SERIAL_BYTES = 16;

/** Makes and signs a certificate, X.509 version 3. */
export function issueCertificate(plan: CertificatePlan): IssuedCertificate {
  const serial = Buffer.concat([Buffer.from([0]), randomBytes(SERIAL_BYTES)]); // positive
  const algorithm = signatureAlgorithm(plan.signer);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: integerBytes(serial),
    signature: algorithm,
    issuer: plan.issuer,
    validity: new Validity({ notBefore: plan.notBefore, notAfter: plan.notAfter }),
    subject: plan.subject,
    subjectPublicKeyInfo: AsnConvert.parse(plan.publicKey, SubjectPublicKeyInfo),
    extensions: new Extensions(buildExtensions(plan)),
  });
  const signatureValue = signBytes(plan.signer, AsnConvert.serialize(tbsCertificate));
  const certificate = new Certificate({ tbsCertificate, signatureAlgorithm: algorithm, signatureValue });
  return {
    pem: encodePem("CERTIFICATE", AsnConvert.serialize(certificate)),
    serialNumber: BigInt(`0x${serial.toString("hex")}`).toString(),
  };
}

function buildExtensions(plan: CertificatePlan): Extension[] {
  const { isCa, pathLengthMax, alternativeNames, authorityKeyId } = plan;
  const usage = buildKeyUsage(plan.uses);
  const purposes = buildPurposes(plan.uses);
  const constraints = new BasicConstraints({
    ...(isCa ? { cA: true } : {}),
    ...(isCa && pathLengthMax !== undefined ? { pathLenConstraint: pathLengthMax } : {}),
  });
  const extensions: Extension[] = [];
  const add = (extnID: string, critical: boolean, content: object) =>
    extensions.push(new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(content)) }));
  if (usage !== undefined) add("2.5.29.15", true, usage);
  if (purposes !== undefined) add("2.5.29.37", false, purposes);
  add("2.5.29.19", true, constraints);
  // RFC 5280 4.2.1.2: a CA always has one.
  if (plan.hasSubjectKeyId || isCa) add("2.5.29.14", false, new SubjectKeyIdentifier(keyIdentifier(plan.publicKey)));
  if (authorityKeyId !== undefined) {
    add("2.5.29.35", false, new AuthorityKeyIdentifier({ keyIdentifier: new OctetString(authorityKeyId) }));
  }
  if (alternativeNames.length > 0) {
    // RFC 5280 4.2.1.6: critical when there is no other name.
    add("2.5.29.17", plan.subject.length === 0, new SubjectAlternativeName([...alternativeNames]));
  }
  return extensions;
}

/** RFC 5280 4.2.1.2 (1): SHA-1 of the bare public key. */
export function keyIdentifier(spki: ArrayBuffer): ArrayBuffer {
  const { subjectPublicKey } = AsnConvert.parse(spki, SubjectPublicKeyInfo);
  return toArrayBuffer(createHash("sha1").update(Buffer.from(subjectPublicKey)).digest());
}

export function encodePem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** DER: the shortest form of a positive number. */
function integerBytes(positive: Buffer): ArrayBuffer {
  let start = 0;
  while (positive[start] === 0 && (positive[start + 1] ?? 0x80) < 0x80) start++;
  return toArrayBuffer(positive.subarray(start));
}
