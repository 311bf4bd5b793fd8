import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateArgs } from "./args/site.ts";
import { whenKnown } from "./inputs.ts";

/** Who signs a pair's certificates. */
export type Authority = {
  readonly certificatePem: pulumi.Output<string>;
  readonly privateKeyPem: pulumi.Output<string>;
  /** What leads from its certificates to a root that clients know; empty for a root. */
  readonly chainPem: pulumi.Output<string>;
};

/** Browsers refuse the provider's default, P-224. */
export const KEY = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;

/** An authority outlives many certificates: clients have to be told of a new one. Ten years. */
const VALIDITY_HOURS = 87_600;

/** The authority that the user brings, or one of the pair's own. */
export function authorityOf(
  name: string,
  given: pulumi.Input<CertificateArgs> | undefined,
  options: pulumi.CustomResourceOptions,
): Authority {
  return given === undefined ? madeAuthority(name, options) : givenAuthority(given);
}

/** When something that is valid so long is due for renewal: when a third of the time is left. */
export function thirdOf(hours: number): number {
  return Math.floor(hours / 3);
}

function madeAuthority(name: string, options: pulumi.CustomResourceOptions): Authority {
  const key = new tls.PrivateKey(`${name}-ca-key`, KEY, options);
  const certificate = new tls.SelfSignedCert(
    `${name}-ca-certificate`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: `lbpair ${name} authority` },
      isCaCertificate: true,
      allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
      setSubjectKeyId: true,
      setAuthorityKeyId: true,
      validityPeriodHours: VALIDITY_HOURS,
      earlyRenewalHours: thirdOf(VALIDITY_HOURS),
    },
    // Clients trust what was made first: a pair that gets another name keeps its authority.
    { ...options, ignoreChanges: ["subject"] },
  );
  return { certificatePem: certificate.certPem, privateKeyPem: key.privateKeyPem, chainPem: pulumi.output("") };
}

function givenAuthority(authority: pulumi.Input<CertificateArgs>): Authority {
  const certificatePem = whenKnown(authority, (known) => known.certificatePem);
  return {
    certificatePem,
    privateKeyPem: pulumi.secret(whenKnown(authority, (known) => known.privateKeyPem)),
    chainPem: certificatePem.apply((pem) => (isRoot(pem) ? "" : pem)),
  };
}

function isRoot(pem: string): boolean {
  const { subject, issuer } = new X509Certificate(pem);
  return subject === issuer;
}
