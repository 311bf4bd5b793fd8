import { ipAddress } from "../../config/values.ts";
import type { PairInput } from "./pair.ts";

/** What the pair's documents are made of: its args without connections, passwords and keys. */
export type PairValues = Omit<PairInput, "hosts" | "stats" | "tls"> & {
  readonly hosts: Readonly<Record<string, HostValues>>;
  readonly stats?: Omit<NonNullable<PairInput["stats"]>, "password"> | undefined;
  readonly tlsVersionMin?: NonNullable<PairInput["tls"]>["versionMin"];
};

export type HostValues = Omit<PairInput["hosts"][string], "connection"> & {
  /** Where Pulumi connects to. */
  readonly address: string;
};

/** Addresses from which others see a host, as far as they are known. */
export function sourceAddressesOf(host: HostValues): string[] {
  if (host.sourceAddresses !== undefined) return host.sourceAddresses;
  return ipAddress.safeParse(host.address).success ? [host.address] : [];
}
