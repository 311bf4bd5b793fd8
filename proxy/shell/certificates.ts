import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { CertificateFacts } from "../../config/certificate-facts.ts";
import type { ServedApp } from "../../config/passthrough.ts";
import { clientCertificateName } from "../../config/paths.ts";
import { type ClientPolicy, pemParts, verificationOf } from "./client-policy.ts";

/** A certificate of the configuration: chain and private key, PEM. */
export type Certificate = {
  readonly name: string;
  readonly hostnames: readonly string[];
  readonly pem: string;
};

/** Which certificate a client gets, by the name it asks for (RFC 6066 3). */
export class CertificateStore {
  /** For clients that ask for no name, or for one that no certificate has. */
  readonly first: Certificate | undefined;
  readonly #byName = new Map<string, SecureContext>();

  /**
   * The first by name is the default.
   *
   * @param policy  what clients have to prove, whatever name they ask for
   */
  constructor(certificates: readonly Certificate[], policy: ClientPolicy | undefined) {
    this.first = certificates[0];
    for (const { hostnames, pem } of certificates) {
      const context = createSecureContext({ cert: pem, key: pem, ...verificationOf(policy) });
      for (const hostname of hostnames) if (!this.#byName.has(hostname)) this.#byName.set(hostname, context);
    }
  }

  select(serverName: string): SecureContext | undefined {
    const name = serverName.toLowerCase();
    const dot = name.indexOf(".");
    // RFC 6125 6.4.3: a wildcard stands for one label.
    return this.#byName.get(name) ?? (dot < 0 ? undefined : this.#byName.get(`*${name.slice(dot)}`));
  }
}

/**
 * What may be said of certificates that can be used, by name.
 *
 * @param apps  whose certificates, shown to their backends, are among them
 */
export function allFacts(
  certificates: readonly Certificate[],
  apps: readonly Pick<ServedApp, "app" | "clientPem">[],
): Record<string, CertificateFacts> {
  const ofClients = certificates.map(({ name, hostnames, pem }) => [
    name,
    { hostnames: [...hostnames], ...factsOf(pem) },
  ]);
  const ofBackends = apps.flatMap(({ app, clientPem }) =>
    clientPem === undefined ? [] : [[clientCertificateName(app), { hostnames: [], app, ...factsOf(clientPem) }]],
  );
  return Object.fromEntries([...ofClients, ...ofBackends]);
}

function factsOf(pem: string): Omit<CertificateFacts, "hostnames"> {
  const { validFrom, validTo, issuer, fingerprint256 } = new X509Certificate(pem);
  return {
    notBefore: new Date(validFrom).toISOString(),
    notAfter: new Date(validTo).toISOString(),
    issuer: issuer.replaceAll("\n", ", "),
    fingerprint: fingerprint256,
  };
}

/**
 * What is wrong with a file of chain and key.
 *
 * @returns undefined when it can be used; the message never quotes the file
 */
export function certificateFault(pem: string): string | undefined {
  try {
    const certificate = new X509Certificate(pem);
    if (!certificate.checkPrivateKey(createPrivateKey(pem))) return "a key that belongs to another certificate";
    createSecureContext({ cert: pem, key: pem });
    return undefined;
  } catch (error) {
    return `what OpenSSL can't read (${(error as Error).message})`;
  }
}

/** What is wrong with certificates of authorities; undefined when they can be used, or there are none. */
export function authorityFault(pem: string | undefined): string | undefined {
  try {
    for (const part of pemParts(pem ?? "")) new X509Certificate(part);
    return undefined;
  } catch (error) {
    return `what OpenSSL can't read (${(error as Error).message})`;
  }
}

/** What is wrong with revocation lists; undefined when they can be used, or there are none. */
export function revocationFault(pem: string | undefined): string | undefined {
  try {
    for (const crl of pemParts(pem ?? "")) createSecureContext({ crl });
    return undefined;
  } catch (error) {
    return `what OpenSSL can't read (${(error as Error).message})`;
  }
}
