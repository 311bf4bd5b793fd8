import type { InstanceConfig } from "../../config/vrrp.ts";
import type { Version } from "../wire/advertisement.ts";
import { type Family, formatIpAddress, parseIpAddress, parsePrefix, type VirtualAddress } from "../wire/ip-address.ts";
import type { Authentication } from "./authentication.ts";

/** One virtual router as the machine and the shell work with it. */
export type Settings = {
  readonly name: string;
  readonly vrid: number;
  readonly version: Version;
  readonly family: Family;
  /** 1..255; 255 belongs to the owner of the addresses (RFC 9568 5.2.4). */
  readonly priority: number;
  readonly advertIntervalMs: number;
  /** Undefined: the interface whose own network contains the first address. */
  readonly interfaceName: string | undefined;
  readonly trackInterfaces: readonly string[];
  readonly addresses: readonly VirtualAddress[];
  /** Set and announced by others. */
  readonly isExternal: boolean;
  readonly preempt: InstanceConfig["preempt"];
  readonly preemptDelayMs: number;
  /** Other routers' addresses when they are reached by unicast; empty: multicast. */
  readonly peers: readonly string[];
  readonly checksum: InstanceConfig["checksum"];
  readonly authentication: Authentication;
  /** When to announce the addresses after a takeover, from the takeover; ascending, the first at once. */
  readonly announceOffsetsMs: readonly number[];
  /** How often they are announced after that, for as long as this router is Active; 0: not. */
  readonly announceIntervalMs: number;
  /** How long an interface may hear nothing after it came up; 0: what is on the link is not looked at. */
  readonly neighbourWaitMs: number;
  /** After a planned switchover: how long connections may go on where they began. */
  readonly lingerMs: number;
};

const NO_AUTHENTICATION: Authentication = { kind: "none" };
/** Announcements are lost on busy links: three in quick succession, then two late ones. */
const EARLY_ANNOUNCEMENTS_MS = [0, 50, 200];
const LAST_ANNOUNCEMENT_FACTOR = 5;

/** Settings of one instance line, which the schema has already checked. */
export function buildSettings(
  name: string,
  config: InstanceConfig,
  lingerMs = 0,
  authentication: Authentication = NO_AUTHENTICATION,
): Settings {
  const addresses = config.addresses.flatMap(virtualAddress);
  const late = config.announceDelayMs;
  const offsets = [...EARLY_ANNOUNCEMENTS_MS, late, LAST_ANNOUNCEMENT_FACTOR * late];
  return {
    name,
    vrid: config.vrid,
    version: config.version,
    family: addresses[0]?.family ?? 4,
    priority: config.priority,
    advertIntervalMs: config.advertIntervalMs,
    interfaceName: config.interface,
    trackInterfaces: config.trackInterfaces,
    addresses,
    preempt: config.preempt,
    preemptDelayMs: config.preemptDelayMs,
    peers: (config.peers ?? []).map(canonical),
    checksum: config.checksum,
    authentication,
    announceOffsetsMs: [...new Set(offsets)].sort((a, b) => a - b),
    neighbourWaitMs: config.neighbourWaitMs,
    announceIntervalMs: config.announceIntervalMs,
    // Where others move the addresses, this host can't keep one to itself.
    lingerMs: config.isExternal ? 0 : lingerMs,
    isExternal: config.isExternal,
  };
}

/** Whether a change of settings needs new sockets, so that the old virtual router must stop and a new one start. */
export function isOtherRouter(a: Settings, b: Settings): boolean {
  const identity = ({ vrid, version, family, interfaceName, peers }: Settings) =>
    JSON.stringify([vrid, version, family, interfaceName ?? null, peers]);
  return identity(a) !== identity(b);
}

function virtualAddress(given: InstanceConfig["addresses"][number]): VirtualAddress[] {
  if (typeof given === "string") return virtualAddress({ address: given });
  const { address, label, interface: interfaceName } = given;
  const prefix = parsePrefix(address);
  if (prefix === undefined) return [];
  return [
    { ...prefix, ...(label === undefined ? {} : { label }), ...(interfaceName === undefined ? {} : { interfaceName }) },
  ];
}

function canonical(address: string): string {
  const bytes = parseIpAddress(address);
  return bytes === undefined ? address : formatIpAddress(bytes);
}
