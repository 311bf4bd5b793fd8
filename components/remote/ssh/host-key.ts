import type { ServerHostKeyAlgorithm } from "ssh2";

/** How a host must prove itself. */
export type PinnedHostKey = {
  /** Only these are offered, so that a host with several keys shows the pinned one. */
  readonly algorithms: readonly ServerHostKeyAlgorithm[];
  readonly isMatch: (blob: Buffer) => boolean;
};

/** An RSA key signs with either hash; the last is for hosts older than OpenSSH 7.2. */
const RSA: readonly ServerHostKeyAlgorithm[] = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"];

/**
 * Host key from a line as in authorized_keys or known_hosts: `ssh-ed25519 AAAA…`.
 *
 * @throws Error if the line holds no key
 */
export function readHostKey(line: string): PinnedHostKey {
  const words = line.trim().split(/\s+/);
  const at = words.findIndex((word) => /^(ssh-|ecdsa-sha2-)/.test(word));
  const blob = Buffer.from(words[at + 1] ?? "", "base64");
  const type = at < 0 ? undefined : words[at];
  if (type === undefined || blob.length === 0)
    throw new Error("hostKey: ssh: no key found, want a line like in authorized_keys");
  const algorithms = type === "ssh-rsa" ? RSA : [type as ServerHostKeyAlgorithm];
  return { algorithms, isMatch: (shown) => shown.equals(blob) };
}
