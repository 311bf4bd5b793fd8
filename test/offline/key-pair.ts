import ssh2 from "ssh2";

/**
 * A key pair as ssh-keygen would write it.
 *
 * One in some hundred Ed25519 keys that ssh2 1.17.0 generates is cut short, and ssh2 itself can't read it.
 */
export function makeKeyPair(passphrase = ""): { public: string; private: string } {
  for (;;) {
    const seal = { passphrase, cipher: "aes256-ctr", rounds: 16 };
    const pair = ssh2.utils.generateKeyPairSync("ed25519", passphrase === "" ? undefined : seal);
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}
