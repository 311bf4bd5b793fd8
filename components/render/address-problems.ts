import { type Problem, showValue } from "../../config/problems.ts";
import { isInNetwork, splitPrefix } from "../../config/values.ts";
import { prioritiesOf } from "./hosts.ts";
import { isReservedInNetwork } from "./network.ts";
import { HOSTS_OF_A_PAIR } from "./pair.ts";
import { bareAddress, type HostValues, type PairValues, sourceAddressesOf, virtualAddressesOf } from "./pair-values.ts";
import type { Relation } from "./relations.ts";

const HOST_ADDRESSES = ["hosts.*.connection.host", "hosts.*.sourceAddresses"];
const VIRTUAL_ADDRESSES = ["virtualAddress", "moreVirtualAddresses.*.address"];

/** Relations between a pair's hosts and its addresses. */
export const ADDRESS_RELATIONS: readonly Relation<PairValues>[] = [
  { reads: ["hosts.*.priority"], problems: priorityProblems },
  { reads: ["hosts.*.connection.host"], problems: sameHostProblems },
  { reads: [...VIRTUAL_ADDRESSES, ...HOST_ADDRESSES], problems: virtualAddressProblems },
  { reads: [...VIRTUAL_ADDRESSES, ...HOST_ADDRESSES, "vrrp.isUnicast"], problems: ofEachHost(unicastProblems) },
  { reads: ["virtualAddress", ...HOST_ADDRESSES, "hosts.*.interface"], problems: ofEachHost(networkProblems) },
  { reads: ["moreVirtualAddresses.*.preferredHost"], problems: preferenceProblems },
];

function ofEachHost(problems: (pair: PairValues, name: string, host: HostValues) => Problem[]) {
  return (pair: PairValues) => Object.entries(pair.hosts).flatMap(([name, host]) => problems(pair, name, host));
}

function priorityProblems(pair: PairValues): Problem[] {
  const [[, first] = [], [name, second] = []] = [...prioritiesOf(pair.hosts)];
  if (first !== second) return [];
  return [{ path: `hosts.${name}.priority`, got: String(second), want: "another priority than the other host's" }];
}

/** One machine can't be both hosts: each would undo what the other applied. */
function sameHostProblems(pair: PairValues): Problem[] {
  const [[, first] = [], [name, second] = []] = Object.entries(pair.hosts);
  if (first === undefined || second === undefined || first.address.toLowerCase() !== second.address.toLowerCase())
    return [];
  const path = `hosts.${name}.connection.host`;
  return [{ path, got: showValue("", second.address), want: "another machine than the other host" }];
}

function virtualAddressProblems(pair: PairValues): Problem[] {
  return virtualAddressesOf(pair).flatMap(({ path, cidr }) => {
    const address = bareAddress(cidr).toLowerCase();
    const refuse = (want: string): Problem[] => [{ path, got: showValue("", cidr), want }];
    const owner = Object.entries(pair.hosts).find(([, host]) => sourceAddressesOf(host).includes(address));
    if (owner !== undefined) return refuse(`an address that ${owner[0]} does not have`);
    if (isReservedInNetwork(cidr)) return refuse("an address that a host can have, not its network's or broadcast");
    return [];
  });
}

function unicastProblems(pair: PairValues, name: string, host: HostValues): Problem[] {
  const own = sourceAddressesOf(host);
  const families = new Set(virtualAddressesOf(pair).map(({ cidr }) => splitPrefix(cidr)?.family));
  const mute = [...families].find((family) => !own.some((address) => address.includes(":") === (family === 6)));
  if (pair.vrrp?.isUnicast !== true || mute === undefined) return [];
  const want = `the host's IPv${mute} address, for unicast`;
  return [{ path: `hosts.${name}.sourceAddresses`, got: own.length === 0 ? "nothing" : showValue("", own), want }];
}

function networkProblems(pair: PairValues, name: string, host: HostValues): Problem[] {
  const own = sourceAddressesOf(host);
  // An interface, or an address of one's own choice, says that the connection goes another way.
  const isChosen = host.interface !== undefined || host.sourceAddresses !== undefined;
  const cidr = pair.virtualAddress;
  if (isChosen || own.length === 0 || own.some((address) => isInNetwork(address, cidr))) return [];
  const family = splitPrefix(cidr)?.family;
  if (own.every((address) => address.includes(":") !== (family === 6))) return [];
  const want = `an address in the network of virtualAddress ${cidr}, or hosts.${name}.interface`;
  return [{ path: `hosts.${name}.connection.host`, got: showValue("", host.address), want }];
}

function preferenceProblems({ moreVirtualAddresses = {}, hosts }: PairValues): Problem[] {
  const names = Object.keys(hosts);
  if (names.length < HOSTS_OF_A_PAIR) return [];
  return Object.entries(moreVirtualAddresses).flatMap(([name, { preferredHost }]) => {
    if (preferredHost === undefined || names.includes(preferredHost)) return [];
    const path = `moreVirtualAddresses.${name}.preferredHost`;
    return [{ path, got: showValue("", preferredHost), want: `one of ${names.join(", ")}` }];
  });
}
