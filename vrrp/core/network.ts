import type { Family, Prefix } from "../wire/ip-address.ts";
import { isInNetwork } from "../wire/ip-address.ts";
import type { InterfaceAddress, Link, RouteMessage } from "../wire/rtnetlink.ts";
import { OUR_PROTOCOL } from "../wire/rtnetlink.ts";
import type { Settings } from "./settings.ts";

/** The host's interfaces and their addresses, as the kernel told them so far. */
export type HostNetwork = {
  readonly links: ReadonlyMap<number, Link>;
  readonly addresses: readonly InterfaceAddress[];
};

export const emptyNetwork: HostNetwork = { links: new Map(), addresses: [] };

/** Where a virtual router lives, or why it can't. */
export type Placement =
  | { readonly ok: true; readonly link: Link; readonly source: string }
  | { readonly ok: false; readonly because: string };

/** The network after one more message of the kernel; the same one when it says nothing new, as of a lease that was renewed. */
export function learnNetwork(network: HostNetwork, message: RouteMessage): HostNetwork {
  if (message.kind === "link") {
    const links = new Map(network.links);
    if (message.isGone) links.delete(message.link.index);
    else links.set(message.link.index, message.link);
    return { ...network, links };
  }
  if (message.kind === "address") {
    const known = network.addresses.find((one) => isSameAddress(one, message.address));
    if (!message.isGone && known !== undefined && isKnown(known, message.address)) return network;
    const others = network.addresses.filter((one) => one !== known);
    return { ...network, addresses: message.isGone ? others : [...others, message.address] };
  }
  return network;
}

/** Whether two entries are one address: the kernel allows the same one on several interfaces and with several prefixes. */
export function isSameAddress(a: InterfaceAddress, b: InterfaceAddress): boolean {
  return a.interfaceIndex === b.interfaceIndex && a.address === b.address && a.prefixLength === b.prefixLength;
}

/** Whether an address is told as it is known. */
function isKnown(known: InterfaceAddress, told: InterfaceAddress): boolean {
  return (
    known.protocol === told.protocol && known.isLinkLocal === told.isLinkLocal && known.isTentative === told.isTentative
  );
}

/**
 * Interface and source address of a virtual router.
 *
 * @param virtual  all virtual addresses of this host: none of them is an own address, wherever it is set
 */
export function placeRouter(settings: Settings, network: HostNetwork, virtual: ReadonlySet<string>): Placement {
  const link = selectLink(settings, network, virtual);
  if (link === undefined) return { ok: false, because: describeNoLink(settings) };
  if (link.isLoopback) return { ok: false, because: `interface ${link.name}: a loopback has no neighbours` };
  if (!link.isRunning) return { ok: false, because: `interface ${link.name}: down or without carrier` };
  const source = selectSource(settings, network, virtual, link);
  if (source === undefined) return { ok: false, because: `interface ${link.name}: no own address to send from` };
  return { ok: true, link, source };
}

/**
 * Prefix length with which a virtual address is set.
 *
 * Where the host has an address of its own in the same network, the address is set alone (/32, /128): it then neither depends on the
 * own address nor takes it along when it goes, as the kernel's primary and secondary addresses of one network do.
 */
export function installedPrefixLength(
  { address, prefixLength, family }: Prefix,
  network: HostNetwork,
  virtual: ReadonlySet<string>,
  interfaceIndex: number,
): number {
  const isCovered = ownAddresses(network, virtual, interfaceIndex, family).some((own) => isInNetwork(address, own));
  return isCovered ? SINGLE_PREFIX_LENGTH[family] : prefixLength;
}

const SINGLE_PREFIX_LENGTH: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

function selectLink(settings: Settings, network: HostNetwork, virtual: ReadonlySet<string>): Link | undefined {
  const { interfaceName, addresses } = settings;
  const links = [...network.links.values()].sort((a, b) => a.index - b.index);
  if (interfaceName !== undefined) return links.find(({ name }) => name === interfaceName);
  const [first] = addresses;
  if (first === undefined) return undefined;
  return links.find(({ index }) =>
    ownAddresses(network, virtual, index, first.family).some((own) => isInNetwork(first.address, own)),
  );
}

function describeNoLink({ interfaceName, addresses }: Settings): string {
  if (interfaceName !== undefined) return `interface ${interfaceName}: absent`;
  return `no interface has an own address in the network of ${addresses[0]?.address}`;
}

/** RFC 9568 5.1.1.1: adverts come from a primary address of the interface, never from a virtual one. 5.1.2.1: over IPv6 link-local. */
function selectSource(
  { family, addresses, peers }: Settings,
  network: HostNetwork,
  virtual: ReadonlySet<string>,
  link: Link,
): string | undefined {
  const own = ownAddresses(network, virtual, link.index, family);
  if (family === 6) {
    // Unicast peers know this host by the kind of address that they are known by.
    const isGlobal = peers.length > 0 && !peers.every(isLinkLocalAddress);
    return own.find(({ isLinkLocal, isTentative }) => isLinkLocal !== isGlobal && !isTentative)?.address;
  }
  const near = own.find((candidate) => addresses.some(({ address }) => isInNetwork(address, candidate)));
  return (near ?? own[0])?.address;
}

/** RFC 4291 2.5.6: fe80::/10. */
function isLinkLocalAddress(address: string): boolean {
  return isInNetwork(address, { address: "fe80::", prefixLength: 10, family: 6 });
}

function ownAddresses(
  { addresses }: HostNetwork,
  virtual: ReadonlySet<string>,
  interfaceIndex: number,
  family: Family,
): readonly InterfaceAddress[] {
  return addresses.filter(
    (known) =>
      known.interfaceIndex === interfaceIndex &&
      known.family === family &&
      known.protocol !== OUR_PROTOCOL &&
      !virtual.has(known.address),
  );
}
