import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateArgs, TlsArgs } from "./args/site.ts";
import { whenKnown } from "./inputs.ts";

/** The certificate of a pair, given or issued. */
export type SiteCertificate = {
  /** Chain and private key, as a host stores them. Secret. */
  readonly pem: pulumi.Output<string>;
  /** What a client has to trust; empty for a given certificate, whose authority we don't know. */
  readonly caCertificatePem: pulumi.Output<string>;
  /** End of its validity, RFC 3339. */
  readonly expiry: pulumi.Output<string>;
};

/** Names and addresses that the certificate is for. */
export type Subject = {
  readonly hostnames: pulumi.Input<string[]>;
  readonly addresses: pulumi.Input<string[]>;
};

const YEAR_HOURS = 8_760;
/** An authority outlives many certificates: clients have to be told of a new one. */
const AUTHORITY_YEARS = 10;
// Browsers refuse the provider's default, P-224.
const KEY = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;

export function siteCertificate(
  name: string,
  subject: Subject,
  args: pulumi.Input<TlsArgs>,
  options: pulumi.CustomResourceOptions,
): SiteCertificate {
  const { pem, caCertificatePem, expiry } = whenKnown(args, (known) =>
    known.certificate === undefined
      ? issuedCertificate(name, subject, known, options)
      : givenCertificate(known.certificate),
  );
  // The key made all three secret together.
  return { pem, caCertificatePem: pulumi.unsecret(caCertificatePem), expiry: pulumi.unsecret(expiry) };
}

function givenCertificate(certificate: pulumi.Input<CertificateArgs>): SiteCertificate {
  const chain = whenKnown(certificate, ({ certificatePem }) => certificatePem);
  const key = whenKnown(certificate, ({ privateKeyPem }) => privateKeyPem);
  return {
    pem: pulumi.secret(joinedPem(chain, key)),
    caCertificatePem: pulumi.output(""),
    expiry: chain.apply((pem) => new Date(new X509Certificate(pem).validTo).toISOString()),
  };
}

function issuedCertificate(
  name: string,
  { hostnames, addresses }: Subject,
  args: TlsArgs,
  options: pulumi.CustomResourceOptions,
): SiteCertificate {
  const authority = args.authority === undefined ? madeAuthority(name, options) : givenAuthority(args.authority);
  const key = new tls.PrivateKey(`${name}-key`, KEY, options);
  const request = new tls.CertRequest(
    `${name}-request`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: pulumi.output(hostnames).apply(([first = ""]) => first) },
      dnsNames: hostnames,
      ipAddresses: addresses,
    },
    options,
  );
  const validityHours = pulumi.output(args.validityHours ?? YEAR_HOURS);
  const certificate = new tls.LocallySignedCert(
    `${name}-certificate`,
    {
      caCertPem: authority.certificatePem,
      caPrivateKeyPem: authority.privateKeyPem,
      certRequestPem: request.certRequestPem,
      allowedUses: ["digital_signature", "server_auth"],
      setSubjectKeyId: true,
      validityPeriodHours: validityHours,
      earlyRenewalHours: args.earlyRenewalHours ?? validityHours.apply(thirdOf),
    },
    options,
  );
  return {
    pem: pulumi.secret(joinedPem(certificate.certPem, key.privateKeyPem)),
    caCertificatePem: pulumi.output(authority.certificatePem),
    expiry: certificate.validityEndTime,
  };
}

type Authority = {
  readonly certificatePem: pulumi.Output<string>;
  readonly privateKeyPem: pulumi.Output<string>;
};

function madeAuthority(name: string, options: pulumi.CustomResourceOptions): Authority {
  const key = new tls.PrivateKey(`${name}-ca-key`, KEY, options);
  const validityPeriodHours = AUTHORITY_YEARS * YEAR_HOURS;
  const certificate = new tls.SelfSignedCert(
    `${name}-ca-certificate`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: `lbpair ${name} authority` },
      isCaCertificate: true,
      allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
      setSubjectKeyId: true,
      setAuthorityKeyId: true,
      validityPeriodHours,
      earlyRenewalHours: thirdOf(validityPeriodHours),
    },
    options,
  );
  return { certificatePem: certificate.certPem, privateKeyPem: key.privateKeyPem };
}

function givenAuthority(authority: pulumi.Input<CertificateArgs>): Authority {
  return {
    certificatePem: whenKnown(authority, ({ certificatePem }) => certificatePem),
    privateKeyPem: pulumi.secret(whenKnown(authority, ({ privateKeyPem }) => privateKeyPem)),
  };
}

/** Chain, then key, each ending in one line end. */
function joinedPem(chain: pulumi.Input<string>, key: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.all([chain, key]).apply((parts) => parts.map((part) => `${part.trim()}\n`).join(""));
}

function thirdOf(hours: number): number {
  return Math.floor(hours / 3);
}
