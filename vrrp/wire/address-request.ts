import { parseIpAddress } from "./ip-address.ts";
import { type Attribute, encodeNetlinkMessage, viewOf } from "./netlink.ts";
import { ADDRESS_BODY_BYTES, IFA, KERNEL_FAMILY, LINK_BODY_BYTES, OUR_PROTOCOL, RTM } from "./rtnetlink.ts";

// What the daemon asks of the kernel about links and addresses (rtnetlink(7)). Whoever sends it numbers it.

/** Address of an interface, and how much of it is its network's. */
export type AddressRequest = {
  readonly interfaceIndex: number;
  readonly address: string;
  readonly prefixLength: number;
  readonly label?: string;
};

const UNNUMBERED = 0;
const REQUEST = 0x1;
const ACKNOWLEDGE = 0x4;
const DUMP = 0x300;
const REPLACE_OR_CREATE = 0x500;
const FLAG_NO_DAD = 0x02;

/** Question for all links; the answers end with `done`. */
export function encodeLinkDump(): Uint8Array {
  const body = new Uint8Array(LINK_BODY_BYTES);
  return encodeNetlinkMessage({ type: RTM.getLink, flags: REQUEST | DUMP, sequence: UNNUMBERED, body }, []);
}

/** Question for all addresses of both families. */
export function encodeAddressDump(): Uint8Array {
  const body = new Uint8Array(ADDRESS_BODY_BYTES);
  return encodeNetlinkMessage({ type: RTM.getAddress, flags: REQUEST | DUMP, sequence: UNNUMBERED, body }, []);
}

/**
 * Sets an address, or renews it, as a lease: the kernel drops it by itself after `validSeconds`.
 *
 * Without duplicate address detection, which would find the host that has just lost the address; over IPv6 deprecated from the start,
 * so that no connection of this host's own leaves from it.
 */
export function encodeAddressSet(request: AddressRequest, validSeconds: number): Uint8Array {
  const bytes = parseIpAddress(request.address) ?? new Uint8Array(4);
  const lifetimes = new Uint8Array(16);
  viewOf(lifetimes).setUint32(0, bytes.length === 4 ? validSeconds : 0, true);
  viewOf(lifetimes).setUint32(4, validSeconds, true);
  const attributes: Attribute[] = [
    [IFA.local, bytes],
    [IFA.address, bytes],
    [IFA.cacheInfo, lifetimes],
    [IFA.flags, Uint8Array.of(bytes.length === 4 ? 0 : FLAG_NO_DAD, 0, 0, 0)],
    [IFA.protocol, Uint8Array.of(OUR_PROTOCOL)],
    ...(request.label === undefined ? [] : [[IFA.label, encodeText(request.label)] as const]),
  ];
  const flags = REQUEST | ACKNOWLEDGE | REPLACE_OR_CREATE;
  return encodeNetlinkMessage(
    { type: RTM.newAddress, flags, sequence: UNNUMBERED, body: addressBody(request, bytes) },
    attributes,
  );
}

/** Removes an address. */
export function encodeAddressDelete(request: AddressRequest): Uint8Array {
  const bytes = parseIpAddress(request.address) ?? new Uint8Array(4);
  return encodeNetlinkMessage(
    { type: RTM.deleteAddress, flags: REQUEST | ACKNOWLEDGE, sequence: UNNUMBERED, body: addressBody(request, bytes) },
    [
      [IFA.local, bytes],
      [IFA.address, bytes],
    ],
  );
}

/** Plain ASCII, with the end mark that the kernel wants. */
function encodeText(text: string): Uint8Array {
  return Uint8Array.from(`${text}\0`, (character) => character.charCodeAt(0));
}

function addressBody({ interfaceIndex, prefixLength }: AddressRequest, address: Uint8Array): Uint8Array {
  const body = new Uint8Array(ADDRESS_BODY_BYTES);
  body.set([address.length === 4 ? KERNEL_FAMILY[4] : KERNEL_FAMILY[6], prefixLength]);
  viewOf(body).setUint32(4, interfaceIndex, true);
  return body;
}
