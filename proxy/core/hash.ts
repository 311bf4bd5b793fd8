// Hashes for spreading, not for secrets: 32 bits, the same on every host and in every release.

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a of a text's characters, then mixed so that all bits depend on all. */
export function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return mix(hash);
}

/** Sixteen hexadecimal digits that stand for a name: the same everywhere, so that both hosts know them. */
export function opaqueName(name: string): string {
  const part = (salt: string) =>
    hashOf(salt + name)
      .toString(16)
      .padStart(8, "0");
  return part("lbpair 1 ") + part("lbpair 2 ");
}

/** Two hashes as one number above 0 and below 1. */
export function mixHashes(a: number, b: number): number {
  return (mix(a ^ Math.imul(b, 0x9e3779b1)) + 0.5) / 0x1_0000_0000;
}

/** Finaliser of MurmurHash3. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
