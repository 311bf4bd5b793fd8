import type { Input } from "@pulumi/pulumi";

/** How to reach a machine by ssh. */
export interface ConnectionArgs {
  /** Address or name of the machine. Example: `"203.0.113.11"`. */
  host: Input<string>;
  /** Port of its sshd. Default: 22. */
  port?: Input<number>;
  /** User to log in as: root, or one who may use `sudo` without a password. Default: `"root"`. */
  user?: Input<string>;
  /** The machine's own public key, as it stands in `/etc/ssh/ssh_host_ed25519_key.pub`: connections to any other machine are refused. */
  hostKey: Input<string>;
  /** Private key to log in with, PEM or OpenSSH. Give a secret. A new one is a change of everything that is reached by it, which changes nothing there; an agent spares that. Default: none. */
  privateKey?: Input<string>;
  /** Passphrase of the private key. Give a secret. Default: none. */
  privateKeyPassword?: Input<string>;
  /** Password to log in with, where there is no key. Give a secret. Default: none. */
  password?: Input<string>;
  /** Socket of an ssh agent. Default: the agent of the environment, `SSH_AUTH_SOCK`. */
  agentSocketPath?: Input<string>;
  /** How often to try to connect before giving up; -1: for ever. Default: 10. */
  dialErrorLimit?: Input<number>;
  /** How long one try may take, seconds; 0: as long as it takes. Default: 15. */
  perDialTimeout?: Input<number>;
  /** Jump host in front of the machine. */
  proxy?: Input<JumpHostArgs>;
}

/** A host that is passed through on the way to another. */
export interface JumpHostArgs {
  /** Address or name of the jump host. */
  host: Input<string>;
  /** Port of its sshd. Default: 22. */
  port?: Input<number>;
  /** User to log in as. Default: `"root"`. */
  user?: Input<string>;
  /** The jump host's own public key, as it stands in `/etc/ssh/ssh_host_ed25519_key.pub`. */
  hostKey: Input<string>;
  /** Private key to log in with. Give a secret. Default: none. */
  privateKey?: Input<string>;
  /** Passphrase of the private key. Give a secret. Default: none. */
  privateKeyPassword?: Input<string>;
  /** Password to log in with. Give a secret. Default: none. */
  password?: Input<string>;
  /** Socket of an ssh agent. Default: the agent of the environment, `SSH_AUTH_SOCK`. */
  agentSocketPath?: Input<string>;
  /** How often to try to connect before giving up; -1: for ever. Default: 10. */
  dialErrorLimit?: Input<number>;
  /** How long one try may take, seconds; 0: as long as it takes. Default: 15. */
  perDialTimeout?: Input<number>;
}
