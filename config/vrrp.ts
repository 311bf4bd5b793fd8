import * as z from "zod";
import type { DocumentShape } from "./document.ts";
import { AUTHENTICATION_KEYS } from "./paths.ts";
import { addressWithPrefix, durationMs, flag, integer, ipAddress, name, oneOf, port } from "./values.ts";

// Who of the two hosts owns which virtual address. vrrp.jsonl, one line per instance.

const INTERFACE = "an interface name, 1..15 characters";
const interfaceName = z.string({ error: INTERFACE }).regex(/^[^\s/:]{1,15}$/, { error: INTERFACE });

const VIRTUAL_ADDRESS =
  "an address with prefix length, like 203.0.113.10/24, or an object with address, label, interface";
const LABEL = "1..15 printable characters";
/** An address that moves, with what is seldom needed. */
const virtualAddress = z.strictObject({
  address: addressWithPrefix,
  /** IPv4: name by which `ifconfig` shows the address, by custom `eth0:vip`. Default: none. */
  label: z
    .string({ error: LABEL })
    .regex(/^[!-~]{1,15}$/, { error: LABEL })
    .optional(),
  /** Interface on which this address is set, if not on the instance's own. */
  interface: interfaceName.optional(),
});

/** How the advertisements of two hosts know each other. The keys are documents of their own, in keys/. */
const authentication = z.discriminatedUnion(
  "kind",
  [
    /** Version 2 only: a password in clear, which keeps strangers' mistakes away and nobody else. */
    z.strictObject({ kind: z.literal("password"), key: name.default(AUTHENTICATION_KEYS.password) }),
    /** Version 3 only: HMAC-SHA256, as keepalived 2.4.2 and later have it. The hosts' clocks must agree, or the hosts have a control channel, over which they do. */
    z.strictObject({
      kind: z.literal("hmac"),
      key: name.default(AUTHENTICATION_KEYS.hmac),
      /** 1..255, the same on both hosts. */
      keyId: integer(1, 255).default(1),
      /** In this order, on both hosts one after the other, without a gap: `receive-only` signs nothing, `permissive` signs, `enforce` takes nothing unsigned. */
      mode: oneOf(["receive-only", "permissive", "enforce"]).default("enforce"),
      /** How far the hosts' clocks may differ. Default: three intervals, at least 5 s. */
      windowMs: integer(1_000, 300_000).optional(),
    }),
  ],
  { error: 'an object with kind "password" or "hmac"' },
);

const COMMAND = "a program's absolute path and its arguments";
const command = z
  .array(z.string({ error: COMMAND }), { error: COMMAND })
  .max(64, { error: COMMAND })
  .refine(([program = ""]) => program.startsWith("/"), { error: COMMAND });

/**
 * A program that brings about what a state means, where an API and not ARP moves the addresses.
 *
 * It has none of the daemon's capabilities, and can't get any (no sudo). One that needs root's has root do it: a path unit of systemd that
 * starts a service when the hook has written a file below /var/lib/lbpair-vrrp.
 */
const hook = z.strictObject({
  /** Run without a shell, as the daemon's user, with LBPAIR_STATE (Active, Backup, Fault, Initialize), LBPAIR_INSTANCE and LBPAIR_ADDRESSES. Example: `["/usr/local/bin/move-address"]`. */
  command,
  /** How long it may take before it is ended and counts as failed. */
  timeoutMs: durationMs.default(10_000),
  /** How soon after a failure all of the instance's hooks are run again, as long as the state is the same. */
  retryMs: durationMs.default(1_000),
  /** How often they are run again though nothing changed. 0: not. */
  refreshMs: integer(0, 86_400_000).default(0),
});

/** What a tracked script or process does to this host. */
const tracked = {
  /** 0: a failure makes this host ineligible (Fault). Otherwise the change of priority, as keepalived's `weight`. */
  weight: integer(-253, 253).default(0),
  /** Good answers in a row after which what failed counts as well again. */
  rise: integer(1, 1_000).default(1),
  /** Bad answers in a row after which it counts as failed. */
  fall: integer(1, 1_000).default(1),
};
/** A program that says with status 0 that this host is well. As a hook it runs as the daemon's user, without capabilities. */
const script = z.strictObject({
  command,
  intervalMs: durationMs.default(1_000),
  /** A script that takes longer is ended and has failed. Default: `intervalMs`. */
  timeoutMs: durationMs.optional(),
  ...tracked,
});
const PROCESS = "a process's name, 1..15 characters";
/** A process that must run on this host. */
const process = z.strictObject({
  /** As `ps -o comm` shows it: 15 characters at most. */
  comm: z.string({ error: PROCESS }).regex(/^[^\n]{1,15}$/, { error: PROCESS }),
  intervalMs: durationMs.default(100),
  ...tracked,
});

/** One virtual router (RFC 9568): a VRID on one link, and the addresses that move with it. */
const instance = z.strictObject({
  /** Virtual router identifier, unique on the link. */
  vrid: integer(1, 255),
  version: z.union([z.literal(2), z.literal(3)], { error: "2 or 3" }).default(3),
  /** 1..254, higher is preferred; the pair's two hosts must differ. High values shorten the skew time. */
  priority: integer(1, 254),
  /** The other host's priority, so that a configuration without failover is found from this document alone. Default: any. */
  peerPriority: integer(1, 254).optional(),
  /** v3: 10..40950 in steps of 10; v2: whole seconds. */
  advertIntervalMs: integer(10, 255_000).default(100),
  /** Default: the interface whose own network contains the first address. */
  interface: interfaceName.optional(),
  /** Addresses that move, with prefix length; one that needs more is an object. */
  addresses: z
    .array(z.union([addressWithPrefix, virtualAddress], { error: VIRTUAL_ADDRESS }))
    .min(1, { error: "at least 1 address" })
    .max(20, { error: "at most 20 addresses" }),
  /** True: the addresses are set by others, such as a cloud's API and `hooks`; this host neither sets nor announces them. */
  isExternal: flag.default(false),
  /** Run one after the other, in this order, at every change of state; the newest state wins. */
  hooks: z.array(hook).max(16, { error: "at most 16 hooks" }).default([]),
  /** Whether a host with a higher priority takes over from an Active that is well: `never` is keepalived's `nopreempt`. */
  preempt: oneOf(["never", "when-healthier", "always"]).default("never"),
  preemptDelayMs: integer(0, 1_000_000).default(0),
  /** Interfaces that must be up besides the instance's own. */
  trackInterfaces: z.array(interfaceName).default([]),
  /** Unicast: the addresses of the other routers; default: multicast. */
  peers: z.array(ipAddress).optional(),
  /** IPv4 checksum that is sent in v3: `auto` mirrors the peer, starting with the pseudo-header form. */
  checksum: oneOf(["auto", "message-only", "pseudo-header"]).default("auto"),
  /** Default: none. */
  authentication: authentication.optional(),
  /** Further announcements this long after a takeover (keepalived's `garp_master_delay`). */
  announceDelayMs: integer(0, 60_000).default(1_000),
  /** How often the addresses are announced for as long as the host is Active, for networks that forget (keepalived's `garp_master_refresh`). 0: not. */
  announceIntervalMs: integer(0, 3_600_000).default(0),
  /** How long an interface that has come up may hear nothing at all before it counts as alone on its link, and not as deaf. */
  neighbourWaitMs: integer(0, 60_000).default(3_000),
});

/** The local proxy's health as a condition for being Active. */
const trackProxy = z.strictObject({
  isEnabled: flag.default(true),
  /** The proxy counts as failed when its status socket says nothing for so long. */
  silenceMs: durationMs.default(1_000),
  /** 0: a failed proxy makes this host ineligible (Fault). Otherwise the change of priority, as keepalived's `weight`. */
  weight: integer(-253, 253).default(0),
});

/** Longest that anything may be left at a host that gave its addresses away. */
export const LINGER_MS_MAX = 600_000;

/** The channel between the two hosts' VRRP daemons; its key is in keys/control. */
const control = z.strictObject({
  /** Where the other host listens. Several are several paths, of which one that works is enough. */
  peers: z.array(ipAddress).min(1, { error: "at least 1 address" }).max(4, { error: "at most 4 addresses" }),
  /** TCP port, the same on both hosts. The one after it carries the lifelines, whose end says that a daemon was killed. */
  port: integer(1, 65_534).default(8_112),
  /** A path counts as broken when it says nothing for so long. */
  silenceMs: durationMs.default(1_000),
  /** After a planned switchover: how long exchanges under way may go on at the host that gave the address away. */
  lingerMs: integer(0, LINGER_MS_MAX).default(30_000),
});

/** Where Prometheus finds the daemon's metrics, at /metrics. */
const metrics = z.strictObject({
  address: ipAddress.default("127.0.0.1"),
  port,
});

const log = z.strictObject({
  level: oneOf(["debug", "info", "warn", "error"]).default("info"),
});

export const vrrpSchema = z.strictObject({
  /** Name of the host, as seen in status, metrics and logs. */
  vrrp: name,
  trackProxy: trackProxy.prefault({}),
  /** Absent: the hosts know of each other by advertisements only. */
  control: control.optional(),
  /** Absent: no port is open; `lbctl metrics` has them all the same. */
  metrics: metrics.optional(),
  log: log.prefault({}),
  /** By a name of yours. */
  scripts: z.record(name, script).default({}),
  processes: z.record(name, process).default({}),
  instances: z
    .record(name, instance.superRefine(checkInstance))
    .refine((map) => Object.keys(map).length >= 1, { error: "at least 1 instance" })
    .superRefine(checkInstances),
});

export type VrrpInput = z.input<typeof vrrpSchema>;
export type VrrpConfig = z.output<typeof vrrpSchema>;
export type InstanceConfig = z.output<typeof instance>;

export const vrrpDocument: DocumentShape<typeof vrrpSchema> = {
  kind: "vrrp",
  schema: vrrpSchema,
  entries: { instances: "instance", processes: "process", scripts: "script" },
};

/** Address with prefix length, however it was given. */
export function addressText(given: InstanceConfig["addresses"][number]): string {
  return typeof given === "string" ? given : given.address;
}

/** Relations between the fields of one instance; each names the one field to change. */
function checkInstance(value: z.output<typeof instance>, context: z.RefinementCtx): void {
  const refuse = (field: string, input: unknown, want: string) =>
    context.addIssue({ code: "custom", path: [field], input, message: want });
  const { version, advertIntervalMs, addresses } = value;
  // RFC 3768 5.3.7: the field holds whole seconds; a fraction would be sent as 0 and flood the link.
  if (version === 2 && advertIntervalMs % 1000 !== 0)
    refuse("advertIntervalMs", advertIntervalMs, "whole seconds in version 2, like 1000");
  // RFC 9568 5.2.7: 12 bits of centiseconds.
  if (version === 3 && (advertIntervalMs % 10 !== 0 || advertIntervalMs > 40_950)) {
    refuse("advertIntervalMs", advertIntervalMs, "10..40950 in steps of 10 in version 3");
  }
  const families = new Set(addresses.map((given) => addressText(given).includes(":")));
  if (families.size > 1) refuse("addresses", addresses, "addresses of one family; make an instance for each");
  if (version === 2 && families.has(true)) refuse("version", version, "3 for IPv6 addresses");
  const wanted = value.authentication && (value.authentication.kind === "password" ? 2 : 3);
  if (wanted !== undefined && version !== wanted)
    refuse("authentication", value.authentication?.kind, `what version ${version} has; this needs version ${wanted}`);
  const labelled = addresses.find((given) => typeof given !== "string" && given.label !== undefined);
  if (labelled !== undefined && families.has(true))
    refuse("addresses", labelled, "no label, which IPv6 addresses can't have");
}

/** Relations between the instances of one host: two must not share an address, nor a VRID of one family on one link. */
function checkInstances(instances: Record<string, z.output<typeof instance>>, context: z.RefinementCtx): void {
  const owners = new Map<string, string>();
  const claim = (owner: string, field: string, input: unknown, what: string, key: string) => {
    const other = owners.get(key);
    if (other === undefined) owners.set(key, owner);
    else {
      const message = `${what} that instance "${other}" does not have`;
      context.addIssue({ code: "custom", path: [owner, field], input, message });
    }
  };
  for (const [owner, { vrid, addresses, interface: link = "" }] of Object.entries(instances)) {
    const texts = addresses.map(addressText);
    const family = texts.some((address) => address.includes(":")) ? 6 : 4;
    claim(owner, "vrid", vrid, "a VRID", `vrid ${vrid} family ${family} link ${link}`);
    for (const address of texts)
      claim(owner, "addresses", address, "an address", address.replace(/\/.*/, "").toLowerCase());
  }
}
