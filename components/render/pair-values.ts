import { ipAddress, splitPrefix } from "../../config/values.ts";
import type { PairInput } from "./pair.ts";

/** What of `tls` is about certificates: how they come about, and not how they are used. */
export type CertificateField = "certificate" | "moreCertificates" | "authority" | "validityHours" | "earlyRenewalHours";

/** What the pair's documents are made of: its args without connections, passwords and keys. */
export type PairValues = Omit<PairInput, "hosts" | "stats" | "tls" | "vrrp"> & {
  readonly hosts: Readonly<Record<string, HostValues>>;
  readonly stats?: Omit<NonNullable<PairInput["stats"]>, "password"> | undefined;
  readonly tls?: Omit<NonNullable<PairInput["tls"]>, CertificateField> | undefined;
  readonly vrrp?: Omit<NonNullable<PairInput["vrrp"]>, "authentication"> & {
    readonly authentication?: Omit<Authentication, "secret"> | undefined;
  };
  /** Names that each further certificate is for. */
  readonly certificates?: Readonly<Record<string, readonly string[]>> | undefined;
};

/** What the pair is called by: its names and the addresses that move. */
export type PairNames = Pick<
  PairValues,
  "hostname" | "alternativeHostnames" | "virtualAddress" | "moreVirtualAddresses"
>;

type Authentication = NonNullable<NonNullable<PairInput["vrrp"]>["authentication"]>;

export type HostValues = Omit<PairInput["hosts"][string], "connection"> & {
  /** Where Pulumi connects to. */
  readonly address: string;
};

/** Addresses from which others see a host, as far as they are known. */
export function sourceAddressesOf(host: HostValues): string[] {
  if (host.sourceAddresses !== undefined) return host.sourceAddresses;
  return ipAddress.safeParse(host.address).success ? [host.address] : [];
}

/** Every address that moves, with prefix length, the pair's own first, by the field of the args that gives it. */
export function virtualAddressesOf(pair: PairNames): { readonly path: string; readonly cidr: string }[] {
  const more = Object.entries(pair.moreVirtualAddresses ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    { path: "virtualAddress", cidr: pair.virtualAddress },
    ...more.map(([name, { address }]) => ({ path: `moreVirtualAddresses.${name}.address`, cidr: address })),
  ];
}

/** An address without its prefix length. */
export function bareAddress(cidr: string): string {
  return splitPrefix(cidr)?.address ?? cidr;
}

/**
 * Addresses from which others see the pair.
 *
 * The virtual addresses count: where one is alone in its network, the Active's connections come from it.
 */
export function pairAddresses(pair: PairValues): string[] {
  return [
    ...Object.values(pair.hosts).flatMap(sourceAddressesOf),
    ...virtualAddressesOf(pair).map(({ cidr }) => bareAddress(cidr)),
  ];
}
