import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateArgs, NamedCertificateArgs, TlsArgs } from "./args/site.ts";
import { type Authority, authorityOf, KEY, thirdOf } from "./authority.ts";
import { isPlain, whenKnown } from "./inputs.ts";
import { DEFAULT_VALIDITY_HOURS, MAIN } from "./render/pair.ts";
import { certificateName } from "./render/proxy.ts";

/** The certificates of a pair, given or issued. */
export type SiteCertificates = {
  /** Chain and private key, as a host stores them, by the certificate's name there. Secret. */
  readonly pems: Readonly<Record<string, pulumi.Output<string>>>;
  /** What a client has to trust; empty when no certificate is issued. */
  readonly caCertificatePem: pulumi.Output<string>;
  /** Earliest end of their validity, RFC 3339. */
  readonly expiry: pulumi.Output<string>;
};

/** Names and addresses that a certificate is for. */
export type Subject = {
  readonly hostnames: pulumi.Input<string[]>;
  readonly addresses: pulumi.Input<string[]>;
};

type Certificate = { readonly pem: pulumi.Output<string>; readonly expiry: pulumi.Output<string> };

/**
 * @param name  of the pair; what is issued bears it
 * @param subject  of the pair's own certificate
 * @param more  further ones, by the user's names
 */
export function siteCertificates(
  name: string,
  subject: Subject,
  args: TlsArgs,
  more: { [name: string]: pulumi.Input<NamedCertificateArgs> },
  options: pulumi.CustomResourceOptions,
): SiteCertificates {
  let made: Authority | undefined;
  const issue = (prefix: string, names: Subject) => {
    made ??= authorityOf(name, args.authority, options);
    return issuedCertificate(prefix, names, made, args, options);
  };
  const all: Record<string, Certificate> = {
    [MAIN]: args.certificate === undefined ? issue(name, subject) : givenCertificate(args.certificate),
  };
  for (const [key, certificate] of Object.entries(more)) {
    const file = certificateName(key);
    all[file] = isIssued(certificate)
      ? issue(`${name}-${file}`, { hostnames: whenKnown(certificate, hostnamesOf), addresses: [] })
      : givenCertificate(certificate as pulumi.Input<CertificateArgs>);
  }
  const expiries = pulumi.all(Object.values(all).map(({ expiry }) => expiry));
  return {
    pems: Object.fromEntries(Object.entries(all).map(([file, { pem }]) => [file, pem])),
    caCertificatePem: made === undefined ? pulumi.output("") : pulumi.unsecret(pulumi.output(made.certificatePem)),
    // RFC 3339 in UTC sorts as text.
    expiry: pulumi.unsecret(expiries.apply((ends) => ends.sort()[0] ?? "")),
  };
}

/** What is to be made must be known before anything is: args that are computed as a whole bring their certificate. */
function isIssued(certificate: pulumi.Input<NamedCertificateArgs>): boolean {
  return isPlain(certificate) && certificate.certificatePem === undefined;
}

function hostnamesOf({ hostnames }: NamedCertificateArgs): pulumi.Input<string[]> {
  return pulumi.output(hostnames ?? []);
}

/** A certificate that the user brings. */
export function givenCertificate(certificate: pulumi.Input<CertificateArgs>): Certificate {
  const chain = whenKnown(certificate, ({ certificatePem }) => certificatePem);
  const key = whenKnown(certificate, ({ privateKeyPem }) => privateKeyPem);
  return {
    pem: pulumi.secret(joinedPem(chain, key)),
    expiry: chain.apply((pem) => new Date(new X509Certificate(pem).validTo).toISOString()),
  };
}

function issuedCertificate(
  prefix: string,
  { hostnames, addresses }: Subject,
  authority: Authority,
  args: TlsArgs,
  options: pulumi.CustomResourceOptions,
): Certificate {
  const key = new tls.PrivateKey(`${prefix}-key`, KEY, options);
  const request = new tls.CertRequest(
    `${prefix}-request`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: pulumi.output(hostnames).apply(([first = ""]) => first) },
      dnsNames: hostnames,
      ipAddresses: addresses,
    },
    options,
  );
  const validityHours = pulumi.output(args.validityHours ?? DEFAULT_VALIDITY_HOURS);
  const certificate = new tls.LocallySignedCert(
    `${prefix}-certificate`,
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
    pem: pulumi.secret(joinedPem(certificate.certPem, authority.chainPem, key.privateKeyPem)),
    expiry: certificate.validityEndTime,
  };
}

/** Chain, then key, each ending in one line end. */
function joinedPem(...parts: pulumi.Input<string>[]): pulumi.Output<string> {
  return pulumi.all(parts).apply((known) =>
    known
      .filter((part) => part !== "")
      .map((part) => `${part.trim()}\n`)
      .join(""),
  );
}
