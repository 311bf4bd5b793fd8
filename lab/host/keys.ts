import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { runOrThrow } from "../command.ts";

/** A key pair as OpenSSH writes it. */
export type SshKey = {
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
};

/** Makes a key pair at `path` and `path`.pub. */
export async function makeKey(path: string): Promise<SshKey> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await runOrThrow(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]);
  return readKey(path);
}

export async function readKey(path: string): Promise<SshKey> {
  const publicKey = (await readFile(`${path}.pub`, "utf8")).trim();
  return { privateKey: await readFile(path, "utf8"), publicKey };
}
