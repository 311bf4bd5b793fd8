import { EADDRNOTAVAIL, ENODEV, errorName } from "../../daemon/ffi/errno.ts";
import { type HostNetwork, installedPrefixLength } from "../core/network.ts";
import type { Settings } from "../core/settings.ts";
import { activeDownMs, leaseSeconds } from "../core/timers.ts";
import { type AddressRequest, encodeAddressDelete, encodeAddressSet } from "../wire/address-request.ts";
import type { VirtualAddress } from "../wire/ip-address.ts";
import type { InterfaceAddress, Link } from "../wire/rtnetlink.ts";
import type { SendResult } from "./advert-socket.ts";
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

export function openAddressKeeper(route: RouteSocket): AddressKeeper {
  let kept: readonly AddressRequest[] = [];
  let lease = 0;
  const set = (request: AddressRequest) => route.order((sequence) => encodeAddressSet(request, lease, sequence));
  const drop = (request: AddressRequest) => {
    const result = route.order((sequence) => encodeAddressDelete(request, sequence));
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
      kept = wanted;
      lease = leaseSeconds(activeDownMs(settings.version, settings.priority, settings.advertIntervalMs));
      return firstFailure(wanted, set);
    },
    remove: (settings, network) => {
      const left = [...kept, ...findLeftovers(settings, network)];
      kept = [];
      return firstFailure(left, drop);
    },
    renew: () => firstFailure(kept, set),
    linger: (forMs) => {
      lease = Math.max(1, Math.ceil(forMs / 1_000));
      return firstFailure(kept, set);
    },
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
function firstFailure(requests: readonly AddressRequest[], order: (request: AddressRequest) => number): SendResult {
  const failures = requests.flatMap((request) => {
    const result = order(request);
    return result < 0 ? [`${request.address}: ${errorName(result)}`] : [];
  });
  const [because] = failures;
  return because === undefined ? { ok: true } : { ok: false, because };
}

function isSame(a: AddressRequest, b: AddressRequest): boolean {
  return a.address === b.address && a.interfaceIndex === b.interfaceIndex && a.prefixLength === b.prefixLength;
}
