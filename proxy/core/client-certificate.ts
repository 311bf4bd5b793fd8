import { fieldLine } from "../wire/fields.ts";

/** A certificate that a client has proved to own, issued by an authority that we ask for. All texts are printable ASCII. */
export type ClientCertificate = {
  /** Distinguished name as RFC 4514 writes it, the most specific part first: `CN=alice,O=Example`. */
  readonly subject: string;
  /** Hexadecimal, upper case. */
  readonly serial: string;
  /** SHA-256 of the whole certificate, hexadecimal, lower case. */
  readonly fingerprint: string;
};

/** What backends are told about a client's certificate; undefined: it has proved none. */
export function clientCertificateLines(certificate: ClientCertificate | undefined): string {
  if (certificate === undefined) return fieldLine("X-SSL-Client-Verify", "NONE");
  const { subject, serial, fingerprint } = certificate;
  return (
    fieldLine("X-SSL-Client-Verify", "SUCCESS") +
    fieldLine("X-SSL-Client-DN", subject) +
    fieldLine("X-SSL-Client-Serial", serial) +
    fieldLine("X-SSL-Client-Fingerprint", fingerprint)
  );
}

/**
 * Distinguished name in one line.
 *
 * @param lines  as `X509Certificate.subject` has it: a line per part, the least specific first, what RFC 4514 calls
 *   special escaped, line ends within a value too
 */
export function distinguishedName(lines: string): string {
  const parts = lines.split("\n").map((part) => part.replaceAll(" + ", "+")); // a plus within a value is escaped
  // RFC 4514 2.4: octets of UTF-8 may be written in hexadecimal; a field value is safe in ASCII only (RFC 9110 5.5).
  return parts
    .reverse()
    .join(",")
    .replace(/[^ -~]/gu, (character) =>
      [...Buffer.from(character)].map((octet) => `\\${octet.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
    );
}
