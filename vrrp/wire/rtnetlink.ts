import { formatMac } from "./arp.ts";
import { type Family, formatIpAddress } from "./ip-address.ts";
import { decodeAttributes, type NetlinkMessage, NLMSG_ERROR, viewOf } from "./netlink.ts";

// Links and addresses as the kernel tells them (rtnetlink(7)).

export type Link = {
  readonly index: number;
  readonly name: string;
  readonly mac: string;
  readonly isLoopback: boolean;
  /** Administratively up and with a carrier: packets can leave. */
  readonly isRunning: boolean;
};

export type InterfaceAddress = {
  readonly interfaceIndex: number;
  readonly family: Family;
  readonly address: string;
  readonly prefixLength: number;
  /** Who set it: {@link OUR_PROTOCOL} for addresses set by this daemon. */
  readonly protocol: number;
  readonly isLinkLocal: boolean;
  /** Not usable yet or ever: duplicate address detection is under way or has failed. */
  readonly isTentative: boolean;
};

export type RouteMessage =
  | { readonly kind: "link"; readonly isGone: boolean; readonly link: Link }
  | { readonly kind: "address"; readonly isGone: boolean; readonly address: InterfaceAddress }
  /** `result` as a system call's: 0 or a negative error number. */
  | { readonly kind: "answer"; readonly sequence: number; readonly result: number }
  | { readonly kind: "done"; readonly sequence: number }
  | { readonly kind: "other" };

/** Mark on our addresses (IFA_PROTO, Linux ≥ 5.18; older kernels leave it out): the number of VRRP. */
export const OUR_PROTOCOL = 112;

/** Multicast groups of changes to links and addresses. */
export const MONITOR_GROUPS = 0x1 | 0x10 | 0x100;

const NLMSG_DONE = 3;
/** Message types (linux/rtnetlink.h). */
export const RTM = {
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  newAddress: 20,
  deleteAddress: 21,
  getAddress: 22,
} as const;
/** Attributes of an address (linux/if_addr.h). */
export const IFA = { address: 1, local: 2, label: 3, cacheInfo: 6, flags: 8, protocol: 11 } as const;
export const LINK_BODY_BYTES = 16;
export const ADDRESS_BODY_BYTES = 8;
/** Address families as the kernel numbers them. */
export const KERNEL_FAMILY = { 4: 2, 6: 10 } as const;

const IFLA_ADDRESS = 1;
const IFLA_NAME = 3;
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_LOWER_UP = 0x10000;
const FLAG_DAD_FAILED = 0x08;
const FLAG_TENTATIVE = 0x40;
const SCOPE_LINK = 253;

export function decodeRouteMessage(message: NetlinkMessage): RouteMessage {
  const { type, sequence, body } = message;
  if (type === NLMSG_DONE) return { kind: "done", sequence };
  if (type === NLMSG_ERROR && body.length >= 4) {
    return { kind: "answer", sequence, result: viewOf(body).getInt32(0, true) };
  }
  if (type === RTM.newLink || type === RTM.deleteLink) return decodeLink(body, type === RTM.deleteLink);
  if (type === RTM.newAddress || type === RTM.deleteAddress) return decodeAddress(body, type === RTM.deleteAddress);
  return { kind: "other" };
}

function decodeLink(body: Uint8Array, isGone: boolean): RouteMessage {
  if (body.length < LINK_BODY_BYTES) return { kind: "other" };
  const view = viewOf(body);
  const attributes = decodeAttributes(body.subarray(LINK_BODY_BYTES));
  const flags = view.getUint32(8, true);
  const link = {
    index: view.getInt32(4, true),
    name: decodeText(attributes.get(IFLA_NAME)),
    mac: formatMac(attributes.get(IFLA_ADDRESS) ?? new Uint8Array()),
    isLoopback: (flags & IFF_LOOPBACK) !== 0,
    isRunning: (flags & IFF_UP) !== 0 && (flags & IFF_LOWER_UP) !== 0,
  };
  return { kind: "link", isGone, link };
}

function decodeAddress(body: Uint8Array, isGone: boolean): RouteMessage {
  if (body.length < ADDRESS_BODY_BYTES) return { kind: "other" };
  const attributes = decodeAttributes(body.subarray(ADDRESS_BODY_BYTES));
  const family = body[0] === KERNEL_FAMILY[4] ? 4 : body[0] === KERNEL_FAMILY[6] ? 6 : undefined;
  // On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL ours; IPv6 has only IFA_ADDRESS.
  const bytes = attributes.get(IFA.local) ?? attributes.get(IFA.address);
  if (family === undefined || bytes === undefined || bytes.length !== (family === 4 ? 4 : 16)) return { kind: "other" };
  const wideFlags = attributes.get(IFA.flags);
  const flags = wideFlags?.length === 4 ? viewOf(wideFlags).getUint32(0, true) : (body[2] ?? 0);
  const address = {
    interfaceIndex: viewOf(body).getUint32(4, true),
    family,
    address: formatIpAddress(bytes),
    prefixLength: body[1] ?? 0,
    protocol: attributes.get(IFA.protocol)?.[0] ?? 0,
    isLinkLocal: body[3] === SCOPE_LINK,
    isTentative: (flags & (FLAG_TENTATIVE | FLAG_DAD_FAILED)) !== 0,
  } as const;
  return { kind: "address", isGone, address };
}

function decodeText(bytes: Uint8Array | undefined): string {
  const end = bytes?.indexOf(0) ?? -1;
  return String.fromCharCode(...(bytes?.subarray(0, end === -1 ? undefined : end) ?? []));
}
