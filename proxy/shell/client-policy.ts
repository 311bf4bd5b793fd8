import { createHash, X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { ProxyConfig } from "../../config/proxy.ts";
import { type ClientCertificate, distinguishedName } from "../core/client-certificate.ts";

/** What a listener asks of its clients' certificates, for as long as it lives: TLS takes no other on the way. */
export type ClientPolicy = {
  readonly isRequired: boolean;
  readonly caPem: string;
  /** One list each: of several in a text, Bun 1.4 reads the first alone. */
  readonly crls: readonly string[];
  /** Differs where another policy does: sessions that began under one are worth nothing under another. */
  readonly key: string;
};

export function clientPolicyOf({ clientCertificates }: ProxyConfig["tls"]): ClientPolicy | undefined {
  if (clientCertificates === undefined) return undefined;
  const { mode, caPem, crlPem = "" } = clientCertificates;
  const key = createHash("sha256").update(`${mode} ${caPem} ${crlPem}`).digest("hex");
  return { isRequired: mode === "required", caPem, crls: pemParts(crlPem), key };
}

/** Options of a TLS server; an untrusted certificate ends the handshake only where one is required. */
export function verificationOf(policy: ClientPolicy | undefined) {
  if (policy === undefined) return {};
  const { caPem, crls, isRequired } = policy;
  return {
    ca: caPem,
    ...(crls.length > 0 ? { crl: [...crls] } : {}),
    requestCert: true,
    rejectUnauthorized: isRequired,
  };
}

/** The parts of a text in PEM, one after the other. */
export function pemParts(text: string): string[] {
  return text.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
}

/** Who a client has proved to be; undefined: nobody. */
export function clientCertificateOf(socket: TLSSocket, epochMs: number): ClientCertificate | undefined {
  // Node calls every resumed session of TLS 1.3 authorized, also one that began without a certificate.
  const { raw } = socket.getPeerCertificate() as { readonly raw?: Buffer };
  if (!socket.authorized || raw === undefined) return undefined;
  const { subject, serialNumber, fingerprint256, validTo } = new X509Certificate(raw);
  // A session that is resumed was verified when it began.
  if (Date.parse(validTo) <= epochMs) return undefined;
  return {
    subject: distinguishedName(subject),
    serial: serialNumber,
    fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}
