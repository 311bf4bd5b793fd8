import type { TestContext } from "node:test";
import { buildRig, type Rig } from "./rig.ts";

/** Addresses for `documentOf`. RFC 9568 errata 8300: the first address of an advertisement over IPv6 is link-local. */
export const SIX = { addresses: ["fe80::100/64", "2001:db8::100/64"], interface: "eth0" };

/** The addresses of `SIX` as `virtualAddresses6` lists them. */
export const BOTH = [
  ["2001:db8::100/128", true, false],
  ["fe80::100/128", true, false],
];

/** A rig whose hosts have IPv6 addresses too: 2001:db8::11 for the first, ::12 for the next. */
export function buildRig6(t: TestContext, ...hosts: readonly string[]): Rig {
  const rig = buildRig(t, ...hosts);
  for (const [index, host] of hosts.entries())
    rig.exec(host, "ip", "-6", "address", "add", `2001:db8::${11 + index}/64`, "dev", "eth0", "nodad");
  return rig;
}

/** Virtual IPv6 addresses of a host's eth0, in the order of their text: address, whether without DAD, whether tentative. */
export function virtualAddresses6(rig: Rig, host: string): (string | boolean | undefined)[][] {
  const shown = rig.exec(host, "ip", "-6", "-o", "address", "show", "dev", "eth0");
  return [...shown.matchAll(/inet6 (\S+::100\/\d+).*/g)]
    .map(([line, address]) => [address, /nodad/.test(line), /tentative/.test(line)])
    .sort();
}
