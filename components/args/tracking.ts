import type { Input } from "@pulumi/pulumi";

/** A program that says with status 0 that its host is well. It is run without a shell, as the daemon's user and without capabilities. */
export interface TrackedScriptArgs {
  /** Absolute path of the program and its arguments. Example: `["/usr/local/bin/uplink-is-up", "eth1"]`. */
  command: Input<Input<string>[]>;
  /** Time between two runs, milliseconds. Default: 1000. */
  intervalMs?: Input<number>;
  /** A program that takes longer is ended and has failed, milliseconds. Default: `intervalMs`. */
  timeoutMs?: Input<number>;
  /** 0: a host where it failed may not own the address. Otherwise the change of that host's priority, -253 to 253, as keepalived's `weight`. Default: 0. */
  weight?: Input<number>;
  /** Good answers in a row after which what failed counts as well again. Default: 1. */
  rise?: Input<number>;
  /** Bad answers in a row after which it counts as failed. Default: 1. */
  fall?: Input<number>;
}

/** A process that must run on a host. */
export interface TrackedProcessArgs {
  /** Its name as `ps -o comm` shows it, 1 to 15 characters. Example: `"unbound"`. */
  comm: Input<string>;
  /** Time between two looks, milliseconds. Default: 100. */
  intervalMs?: Input<number>;
  /** 0: a host where it does not run may not own the address. Otherwise the change of that host's priority, -253 to 253, as keepalived's `weight`. Default: 0. */
  weight?: Input<number>;
  /** Looks in a row that find it, after which it counts as running again. Default: 1. */
  rise?: Input<number>;
  /** Looks in a row that don't find it, after which it counts as gone. Default: 1. */
  fall?: Input<number>;
}

/** A program that brings about what a state means, where an API and not ARP moves the addresses. */
export interface HookArgs {
  /** Absolute path of the program and its arguments. It is run without a shell, as the daemon's user and without capabilities, with LBPAIR_STATE (Active, Backup, Fault, Initialize), LBPAIR_INSTANCE and LBPAIR_ADDRESSES. What needs root is done by a service of yours that a systemd path unit starts when the hook writes a file below /var/lib/lbpair-vrrp. Example: `["/usr/local/bin/move-address"]`. */
  command: Input<Input<string>[]>;
  /** How long it may take before it is ended and counts as failed, milliseconds. Default: 10000. */
  timeoutMs?: Input<number>;
  /** How soon after a failure all hooks are run again, as long as the state is the same, milliseconds. Default: 1000. */
  retryMs?: Input<number>;
  /** How often they are run again though nothing changed, milliseconds; 0: not. Default: 0. */
  refreshMs?: Input<number>;
}
