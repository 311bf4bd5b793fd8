import type { Input } from "@pulumi/pulumi";
import type { HookArgs, TrackedProcessArgs, TrackedScriptArgs } from "./tracking.ts";

/** Which host owns the virtual address (VRRP, RFC 9568). */
export interface VrrpArgs {
  /** Virtual router identifier, 1 to 255, unique on the link. Default: 51. */
  vrid?: Input<number>;
  /** Version of the protocol: 2 or 3. Default: 3. */
  version?: Input<number>;
  /** Time between two advertisements, milliseconds; three missed ones mean that the other host takes over. Version 2 knows whole seconds only. Default: 100. */
  advertIntervalMs?: Input<number>;
  /** Whether a host with a higher priority takes over from one that is well. Default: `"never"`. */
  preempt?: Input<Preempt>;
  /** How long such a takeover waits, milliseconds. Default: 0. */
  preemptDelayMs?: Input<number>;
  /** Interfaces that must be up besides the one that carries the address. Default: none. Example: `["eth1"]`. */
  trackInterfaces?: Input<Input<string>[]>;
  /** Whether advertisements go to the other host's address instead of the multicast group, for networks without multicast. Default: false. */
  isUnicast?: Input<boolean>;
  /** Form of the IPv4 checksum in version 3. Default: `"auto"`. */
  checksum?: Input<ChecksumForm>;
  /** When the takeover is announced once more, milliseconds. Default: 1000. */
  announceDelayMs?: Input<number>;
  /** How often the owner announces the address for as long as it has it, milliseconds, for networks that forget; 0: not. Default: 0. */
  announceIntervalMs?: Input<number>;
  /** How long an interface that has come up may hear nothing before its host counts as alone on the link, milliseconds. Default: 3000. */
  neighbourWaitMs?: Input<number>;
  /** Channel on which the two hosts' VRRP daemons talk to each other. */
  control?: Input<ControlArgs>;
  /** The proxy's health as a condition for owning the address. */
  trackProxy?: Input<TrackProxyArgs>;
  /** Programs that say whether a host is well, by a name of yours. Default: none. Example: `{ uplink: { command: ["/usr/local/bin/uplink-is-up"] } }`. */
  scripts?: Input<{ [name: string]: Input<TrackedScriptArgs> }>;
  /** Processes that must run on a host, by a name of yours. Default: none. Example: `{ dns: { comm: "unbound" } }`. */
  processes?: Input<{ [name: string]: Input<TrackedProcessArgs> }>;
  /** Programs that are run at every change of state, one after the other. Default: none. Example: `[{ command: ["/usr/local/bin/move-address"] }]`. */
  hooks?: Input<Input<HookArgs>[]>;
  /** Whether the addresses are set by others, such as a cloud's API and `hooks`; the hosts then neither set nor announce them. Default: false. */
  isExternal?: Input<boolean>;
  /** How the hosts' advertisements know each other. Default: by their source only. */
  authentication?: Input<AuthenticationArgs>;
  /** Where Prometheus finds the VRRP daemon's metrics, at `/metrics`. Default: no port is open; `lbctl metrics` has them all the same. */
  metrics?: Input<VrrpMetricsArgs>;
  /** Name by which `ifconfig` shows the pair's own address, IPv4 only, 1 to 15 characters. Default: none. Example: `"eth0:vip"`. */
  label?: Input<string>;
  /** Interface on which the pair's own address is set. Default: the one on which the hosts hear each other, `hosts.*.interface`. Example: `"lo"`. */
  addressInterface?: Input<string>;
}

/** Channel on which the two hosts' VRRP daemons talk to each other: planned switchovers, a daemon's death seen at once, split brain. */
export interface ControlArgs {
  /** Whether there is one. It needs hosts whose addresses are known. Default: true. */
  isEnabled?: Input<boolean>;
  /** TCP port on both hosts; the one after it is used too, to see at once when a daemon is killed. Default: 8112. */
  port?: Input<number>;
  /** A path counts as broken when it says nothing for so long, milliseconds. Default: 1000. */
  silenceMs?: Input<number>;
  /** How long exchanges and tunnels under way may go on at the old host after a planned switchover, milliseconds, at most 600000; an `up` that brings a new release to the Active waits for them. Default: 30000. */
  lingerMs?: Input<number>;
}

/** The proxy's health as a condition for owning the virtual address. */
export interface TrackProxyArgs {
  /** Whether the proxy's health counts. Default: true. */
  isEnabled?: Input<boolean>;
  /** The proxy counts as failed when it is silent for so long, milliseconds. Default: 1000. */
  silenceMs?: Input<number>;
  /** 0: a host whose proxy failed may not own the address. Otherwise the change of its priority, -253 to 253, as keepalived's `weight`. Default: 0. */
  weight?: Input<number>;
}

/** How the hosts' advertisements know each other. */
export interface AuthenticationArgs {
  /** `"hmac"` signs them (HMAC-SHA256, version 3 only, as keepalived 2.4.2 and newer has it; hosts whose clocks differ go by the later one). `"password"` sends a password in clear (version 2 only): it keeps strangers' mistakes away, and nobody else. */
  kind: Input<AuthenticationKind>;
  /** What both hosts know: for `"password"` 1 to 8 characters, for `"hmac"` 32 to 64. Give a secret. Default for `"hmac"`: one is made for this pair. */
  secret?: Input<string>;
  /** With `"hmac"`: number of the key, 1 to 255. Default: 1. */
  keyId?: Input<number>;
  /** With `"hmac"`: `"receive-only"` signs nothing and takes anything, `"permissive"` signs and takes what is unsigned, `"enforce"` takes nothing unsigned. A pair that runs without comes to `"enforce"` by one `pulumi up` for each, in this order; another `secret` wants `"receive-only"` first. Default: `"enforce"`. */
  mode?: Input<AuthenticationMode>;
  /** With `"hmac"`: how far the hosts' clocks may differ, milliseconds, 1000 to 300000. Default: three intervals, at least 5000. */
  windowMs?: Input<number>;
}

/** Where Prometheus finds the VRRP daemon's metrics. */
export interface VrrpMetricsArgs {
  /** Address to listen on. Default: `"127.0.0.1"`. Example: `"0.0.0.0"`. */
  address?: Input<string>;
  /** TCP port. Example: 9650. */
  port: Input<number>;
}

/** Ways for advertisements to know each other. */
export const AuthenticationKind = { Password: "password", Hmac: "hmac" } as const;
export type AuthenticationKind = (typeof AuthenticationKind)[keyof typeof AuthenticationKind];

/** What is signed, and what is taken unsigned. */
export const AuthenticationMode = {
  ReceiveOnly: "receive-only",
  Permissive: "permissive",
  Enforce: "enforce",
} as const;
export type AuthenticationMode = (typeof AuthenticationMode)[keyof typeof AuthenticationMode];

/** Whether a host with a higher priority takes over from one that is well. */
export const Preempt = { Never: "never", WhenHealthier: "when-healthier", Always: "always" } as const;
export type Preempt = (typeof Preempt)[keyof typeof Preempt];

/** Forms of the IPv4 checksum in version 3. */
export const ChecksumForm = { Auto: "auto", MessageOnly: "message-only", PseudoHeader: "pseudo-header" } as const;
export type ChecksumForm = (typeof ChecksumForm)[keyof typeof ChecksumForm];
