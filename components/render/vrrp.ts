import { renderDocument } from "../../config/document.ts";
import { type VrrpInput, vrrpDocument } from "../../config/vrrp.ts";
import { prioritiesOf } from "./hosts.ts";
import { type PairValues, sourceAddressesOf } from "./pair-values.ts";

/** Name of the instance that a pair has for its virtual address. */
export const INSTANCE_NAME = "main";
/** The article's; any number that no other virtual router on the link has will do. */
const VRID = 51;

/** Text of vrrp.jsonl of one host. The two hosts' differ in name, priority and, with unicast, the peer. */
export function renderVrrp(pair: PairValues, host: string): string {
  return renderDocument(vrrpDocument, vrrpInput(pair, host));
}

export function vrrpInput(pair: PairValues, host: string): VrrpInput {
  const { trackProxy, isUnicast, vrid = VRID, ...instance } = pair.vrrp ?? {};
  const peers = Object.entries(pair.hosts).flatMap(([name, values]) =>
    name === host ? [] : sourceAddressesOf(values).slice(0, 1),
  );
  return {
    vrrp: host,
    ...(trackProxy === undefined ? {} : { trackProxy }),
    ...(pair.log?.level === undefined ? {} : { log: { level: pair.log.level } }),
    instances: {
      [INSTANCE_NAME]: {
        ...instance,
        vrid,
        priority: prioritiesOf(pair.hosts).get(host) ?? 0,
        ...(pair.hosts[host]?.interface === undefined ? {} : { interface: pair.hosts[host].interface }),
        ...(isUnicast === true ? { peers } : {}),
        addresses: [pair.virtualAddress],
      } as VrrpInput["instances"][string],
    },
  };
}
