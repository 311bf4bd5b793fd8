import { renderDocument } from "../../config/document.ts";
import { type VrrpInput, vrrpDocument } from "../../config/vrrp.ts";
import { prioritiesOf } from "./hosts.ts";
import { merged } from "./merge.ts";
import { MAIN } from "./pair.ts";
import { type PairValues, sourceAddressesOf } from "./pair-values.ts";

/** The article's; any number that no other virtual router on the link has will do. */
const VRID = 51;

/** Text of vrrp.jsonl of one host. The two hosts' differ in name, priorities and, with unicast, the peer. */
export function renderVrrp(pair: PairValues, host: string): string {
  return renderDocument(vrrpDocument, vrrpInput(pair, host));
}

export function vrrpInput(pair: PairValues, host: string): VrrpInput {
  const { trackProxy, metrics, scripts = {}, processes = {} } = pair.vrrp ?? {};
  const input = {
    vrrp: host,
    scripts,
    processes,
    ...(trackProxy === undefined ? {} : { trackProxy }),
    ...(metrics === undefined ? {} : { metrics }),
    ...controlInput(pair, host),
    ...(pair.log?.level === undefined ? {} : { log: { level: pair.log.level } }),
    instances: Object.fromEntries(
      instancesOf(pair).map((instance) => [instance.name, instanceInput(pair, host, instance)]),
    ),
  };
  return merged(input, pair.rawSettings?.vrrp);
}

/** One address that moves: a virtual router of its own, so that it can prefer a host of its own. */
type Instance = {
  readonly name: string;
  readonly vrid: number;
  readonly address: string;
  readonly preferredHost: string | undefined;
  readonly label: string | undefined;
  readonly addressInterface: string | undefined;
};

export function instancesOf(pair: PairValues): Instance[] {
  const { vrid = VRID, label, addressInterface } = pair.vrrp ?? {};
  const more = Object.entries(pair.moreVirtualAddresses ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    { name: MAIN, vrid, address: pair.virtualAddress, preferredHost: undefined, label, addressInterface },
    ...more.map(([name, given], index) => ({
      name,
      vrid: given.vrid ?? vrid + index + 1,
      address: given.address,
      preferredHost: given.preferredHost,
      label: given.label,
      addressInterface: given.addressInterface,
    })),
  ];
}

function instanceInput(pair: PairValues, host: string, instance: Instance): VrrpInput["instances"][string] {
  const { vrid, address, preferredHost } = instance;
  const { trackProxy: _p, control: _c, metrics: _m, scripts: _s, processes: _r, ...own } = pair.vrrp ?? {};
  const { isUnicast, vrid: _v, label: _l, addressInterface: _a, ...settings } = own;
  const peers = Object.entries(pair.hosts).flatMap(([name, values]) =>
    name === host ? [] : peerAddresses(sourceAddressesOf(values), address),
  );
  const priorities = prioritiesOf(pair.hosts, preferredHost);
  const [, peerPriority] = [...priorities].find(([name]) => name !== host) ?? [];
  return {
    ...settings,
    vrid,
    priority: priorities.get(host) ?? 0,
    ...(peerPriority === undefined ? {} : { peerPriority }),
    ...(pair.hosts[host]?.interface === undefined ? {} : { interface: pair.hosts[host].interface }),
    ...(isUnicast === true ? { peers } : {}),
    addresses: [addressInput(instance)],
  } as VrrpInput["instances"][string]; // the numbers among the args are for the document's schema to judge
}

function addressInput({ address, label, addressInterface }: Instance): VrrpInput["instances"][string]["addresses"][0] {
  if (label === undefined && addressInterface === undefined) return address;
  return {
    address,
    ...(label === undefined ? {} : { label }),
    ...(addressInterface === undefined ? {} : { interface: addressInterface }),
  };
}

/** Without an address of the other host there is nothing to call. */
function controlInput(pair: PairValues, host: string): Pick<VrrpInput, "control"> {
  const { isEnabled = true, ...settings } = pair.vrrp?.control ?? {};
  const peers = Object.entries(pair.hosts).flatMap(([name, values]) =>
    name === host ? [] : (values.controlAddresses ?? sourceAddressesOf(values)),
  );
  return isEnabled && peers.length > 0 ? { control: { ...settings, peers } } : {};
}

/** The peer's address that advertisements of this family can go to. */
function peerAddresses(sources: readonly string[], virtual: string): string[] {
  return sources.filter((source) => source.includes(":") === virtual.includes(":")).slice(0, 1);
}
