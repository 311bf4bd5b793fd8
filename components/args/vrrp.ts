import type { Input } from "@pulumi/pulumi";

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
  /** Interfaces that must be up besides the one that carries the address. Example: `["eth1"]`. */
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
}

/** Channel on which the two hosts' VRRP daemons talk to each other: planned switchovers, a daemon's death seen at once, split brain. */
export interface ControlArgs {
  /** Whether there is one. It needs hosts whose addresses are known. Default: true. */
  isEnabled?: Input<boolean>;
  /** TCP port on both hosts. Default: 8112. */
  port?: Input<number>;
  /** A path counts as broken when it says nothing for so long, milliseconds. Default: 1000. */
  silenceMs?: Input<number>;
  /** How long exchanges under way may go on at the old host after a planned switchover, milliseconds. Default: 30000. */
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

/** Whether a host with a higher priority takes over from one that is well. */
export const Preempt = { Never: "never", WhenHealthier: "when-healthier", Always: "always" } as const;
export type Preempt = (typeof Preempt)[keyof typeof Preempt];

/** Forms of the IPv4 checksum in version 3. */
export const ChecksumForm = { Auto: "auto", MessageOnly: "message-only", PseudoHeader: "pseudo-header" } as const;
export type ChecksumForm = (typeof ChecksumForm)[keyof typeof ChecksumForm];
