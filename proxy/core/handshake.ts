// TLS handshakes that came to nothing, by why: plain positions, so that workers' counts can be added.

export const HANDSHAKE_FAULTS = [
  /** The client owns none of the certificates that are required of it. */
  "noCertificate",
  /** The client's certificate is of an authority that is not asked for, has expired, or was revoked. */
  "badCertificate",
  /** The client has refused, mostly our certificate. */
  "refusedByClient",
  /** No version or cipher in common, or no TLS at all. */
  "noTls",
  "timedOut",
  /** The client left without a word. */
  "left",
] as const;
export type HandshakeFault = (typeof HANDSHAKE_FAULTS)[number];

/**
 * Why a handshake failed.
 *
 * @param code  of the runtime's error: OpenSSL's and BoringSSL's reasons in Node's spelling
 * @param isUntrusted  the client has shown a certificate, and it was found wanting
 */
export function handshakeFault(code: string | undefined, isUntrusted: boolean): HandshakeFault {
  if (isUntrusted) return "badCertificate";
  if (code === "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE") return "noCertificate";
  if (code === "ERR_TLS_HANDSHAKE_TIMEOUT") return "timedOut";
  if (code === undefined || !code.startsWith("ERR_SSL_")) return "left";
  return code.includes("ALERT") ? "refusedByClient" : "noTls";
}

/** Counts one, in a list that is as long as the reasons that have come so far. */
export function countHandshakeFault(counts: number[], fault: HandshakeFault): void {
  const position = HANDSHAKE_FAULTS.indexOf(fault);
  while (counts.length <= position) counts.push(0);
  counts[position] = (counts[position] ?? 0) + 1;
}

/** All of them. */
export function handshakeFaultTotal(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Counts by reason; those that have not come are absent. */
export function handshakeFaults(counts: readonly number[]): Partial<Record<HandshakeFault, number>> {
  return Object.fromEntries(
    HANDSHAKE_FAULTS.flatMap((fault, position) => {
      const count = counts[position] ?? 0;
      return count > 0 ? [[fault, count]] : [];
    }),
  );
}
