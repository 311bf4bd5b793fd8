import { EADDRNOTAVAIL, ENODEV, errorName } from "../../daemon/ffi/errno.ts";
import { type HostNetwork, installedPrefixLength } from "../core/network.ts";
import type { Settings } from "../core/settings.ts";
import { activeDownMs, leaseSeconds } from "../core/timers.ts";
import { type AddressRequest, encodeAddressDelete, encodeAddressSet } from "../wire/address-request.ts";
import type { VirtualAddress } from "../wire/ip-address.ts";
import type { InterfaceAddress, Link } from "../wire/rtnetlink.ts";
import { SENT, type SendResult } from "./advert-socket.ts";
import type { RouteSocket } from "./route-socket.ts";

/** Sets, renews and removes the addresses of one virtual router. */
export type AddressKeeper = {
  /** Makes the host have exactly these addresses; renews those it has. */
  readonly install: (link: Link, settings: Settings, network: HostNetwork, virtual: ReadonlySet<string>) => SendResult;
  /** Gives all back, also what an earlier run or another program left anywhere but on a loopback. */
  readonly remove: (settings: Settings, network: HostNetwork) => SendResult;
  /** Extends the lease of what is set. */
  readonly renew: () => SendResult;
  /** The same, for so long, and not again. */
  readonly linger: (forMs: number) => SendResult;
  /** Whether an address that disappeared is one that should be there. */
  readonly isKept: (gone: InterfaceAddress) => boolean;
};

/** An address that is set, and what sets and renews it: an Active says that all day, so it is encoded once. */
type Kept = AddressRequest & { readonly message: Uint8Array };

export function openAddressKeeper(route: RouteSocket): AddressKeeper {
  let kept: readonly Kept[] = [];
  const lease = (requests: readonly AddressRequest[], seconds: number) => {
    kept = requests.map((request) => ({ ...request, message: encodeAddressSet(request, seconds) }));
    return firstFailure(kept, renew);
  };
  const renew = ({ message }: Kept) => route.order(message);
  const drop = (request: AddressRequest) => {
    const result = route.order(encodeAddressDelete(request));
    return result === -EADDRNOTAVAIL || result === -ENODEV ? 0 : result;
  };
  return {
    install: (link, settings, network, virtual) => {
      const wanted: AddressRequest[] = [];
      for (const [on, addresses] of linksOf(settings, link, network)) {
        if (on === undefined)
          return { ok: false, because: `${addresses[0]?.address}: interface ${addresses[0]?.interfaceName}: absent` };
        for (const prefix of addresses) {
          const prefixLength = installedPrefixLength(prefix, network, virtual, on.index);
          const label = prefix.label === undefined ? {} : { label: prefix.label };
          wanted.push({ interfaceIndex: on.index, address: prefix.address, prefixLength, ...label });
        }
      }
      for (const old of kept) if (!wanted.some((request) => isSame(request, old))) drop(old);
      return lease(wanted, leaseSeconds(activeDownMs(settings.version, settings.priority, settings.advertIntervalMs)));
    },
    remove: (settings, network) => {
      const left = [...kept, ...findLeftovers(settings, network)];
      kept = [];
      return firstFailure(left, drop);
    },
    renew: () => firstFailure(kept, renew),
    linger: (forMs) => lease(kept, Math.max(1, Math.ceil(forMs / 1_000))),
    isKept: (gone) => kept.some((request) => isSame(request, gone)),
  };
}

/** Which addresses go where; undefined: an interface that is not there. */
export function linksOf(
  { addresses }: Settings,
  own: Link,
  { links }: HostNetwork,
): [link: Link | undefined, addresses: VirtualAddress[]][] {
  const named = new Map([...links.values()].map((link) => [link.name, link]));
  const placed = Map.groupBy(addresses, ({ interfaceName }) =>
    interfaceName === undefined ? own : named.get(interfaceName),
  );
  return [...placed];
}

/** Where a virtual router's addresses are set, as the kernel says, except on a loopback, where they harm nobody. */
export function findLeftovers({ addresses }: Settings, network: HostNetwork): InterfaceAddress[] {
  const wanted = new Set(addresses.map(({ address }) => address));
  return network.addresses.filter(
    ({ address, interfaceIndex }) => wanted.has(address) && network.links.get(interfaceIndex)?.isLoopback !== true,
  );
}

/** Does all, though one fails; tells the first that did. */
function firstFailure<T extends AddressRequest>(requests: readonly T[], order: (request: T) => number): SendResult {
  let because: string | undefined;
  for (const request of requests) {
    const result = order(request);
    if (result < 0) because ??= `${request.address}: ${errorName(result)}`;
  }
  return because === undefined ? SENT : { ok: false, because };
}

function isSame(a: AddressRequest, b: AddressRequest): boolean {
  return a.address === b.address && a.interfaceIndex === b.interfaceIndex && a.prefixLength === b.prefixLength;
}
