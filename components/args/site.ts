import type { Input } from "@pulumi/pulumi";

/** TLS towards clients. */
export interface TlsArgs {
  /** Oldest version that is accepted. Default: `"TLSv1.2"`. */
  versionMin?: Input<TlsVersion>;
  /** How long a browser comes over https only once it has been here (Strict-Transport-Security), seconds; 0: it is not told. Default: 0. Example: 31536000, a year. */
  hstsSeconds?: Input<number>;
  /** Whether that holds for all names below the one asked for, too. Default: false. */
  hstsSubdomains?: Input<boolean>;
  /** Certificates that clients are asked for, on every https connection that is made from then on. Default: nobody is asked. */
  clientCertificates?: Input<ClientCertificatesArgs>;
  /** A certificate of your own for `hostname` and `alternativeHostnames`. Default: one is issued by a private authority and renewed by `pulumi up`. */
  certificate?: Input<CertificateArgs>;
  /** Further certificates, by a name of yours: clients get the one that covers the name they ask for. Default: none. Example: `{ shop: { hostnames: ["shop.example.com"] } }`. */
  moreCertificates?: Input<{ [name: string]: Input<NamedCertificateArgs> }>;
  /** The private authority that issues the certificate. Default: one is made for this pair. */
  authority?: Input<CertificateArgs>;
  /** How long an issued certificate is valid, hours. Default: 8760, a year. */
  validityHours?: Input<number>;
  /** How long before its end `pulumi up` issues a new one, hours. Default: a third of the validity. */
  earlyRenewalHours?: Input<number>;
}

/** Certificates that clients are asked for. */
export interface ClientCertificatesArgs {
  /** `"required"`: whoever proves none gets no connection; `"optional"`: they are served all the same. */
  mode: Input<ClientCertificateMode>;
  /** Certificates of the authorities that issue them, in PEM, one after the other. Example: `readFileSync("clients-ca.pem", "utf8")`. */
  caPem: Input<string>;
  /**
   * What these authorities have revoked: their lists (CRL) in PEM, one after the other. Every authority between a client and its root then needs one: without it, or past its `nextUpdate`, none of its
   * certificates is trusted. Its end is warned of as a certificate's is: at preview, in `lbctl certificates`, stats, metrics, log. A new list takes an `up`, and no session that began before is resumed. Default: nothing counts as revoked. Example: `readFileSync("clients-crl.pem", "utf8")`.
   */
  crlPem?: Input<string>;
  /** Whether backends are told: `X-SSL-Client-Verify` (`SUCCESS` or `NONE`), `X-SSL-Client-DN` (RFC 4514), `X-SSL-Client-Serial` and `X-SSL-Client-Fingerprint` (SHA-256); what clients themselves say in such fields is dropped in any case. Default: false. */
  forwardSubject?: Input<boolean>;
}

/** What becomes of clients without a certificate. */
export const ClientCertificateMode = { Optional: "optional", Required: "required" } as const;
export type ClientCertificateMode = (typeof ClientCertificateMode)[keyof typeof ClientCertificateMode];

/** A certificate with its private key. */
export interface CertificateArgs {
  /** Certificate in PEM, followed by those that lead from it to a root, if any. */
  certificatePem: Input<string>;
  /** Private key in PEM. Give a secret. */
  privateKeyPem: Input<string>;
}

/** A certificate for other names: give `hostnames` for one that the private authority issues, or a certificate of your own. */
export interface NamedCertificateArgs {
  /** Names for which the private authority issues it. Default: it is not issued but given. Example: `["shop.example.com"]`. */
  hostnames?: Input<Input<string>[]>;
  /** Certificate in PEM, followed by those that lead from it to a root, if any; its names are read from it. Default: it is issued. */
  certificatePem?: Input<string>;
  /** Its private key in PEM. Give a secret. Default: it is issued. */
  privateKeyPem?: Input<string>;
}

/** Versions of TLS. */
export const TlsVersion = { Tls12: "TLSv1.2", Tls13: "TLSv1.3" } as const;
export type TlsVersion = (typeof TlsVersion)[keyof typeof TlsVersion];

/** The stats page of each host. */
export interface StatsArgs {
  /** User who may see it. Example: `"admin"`. */
  user: Input<string>;
  /** Password of that user. Give a secret; the hosts keep only a hash. */
  password: Input<string>;
  /** Port of the page. Default: 8000. */
  port?: Input<number>;
  /** Path of the page. Default: `"/stats"`. */
  path?: Input<string>;
  /** Name that the browser shows when it asks for the password. Default: `"lbpair stats"`. */
  realm?: Input<string>;
  /** How often the page is loaded anew, seconds; 0: never. Default: 10. */
  refreshSeconds?: Input<number>;
}
