import { errorName, must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_INET, encodeInetAddress } from "../../daemon/ffi/sockaddr.ts";
import { MULTICAST_GROUP } from "../wire/advertisement.ts";
import { VRRP_PROTOCOL } from "../wire/checksum.ts";
import { parseIpAddress } from "../wire/ip-address.ts";
import { encodeIpv4Packet } from "../wire/ipv4.ts";
import type { Link } from "../wire/rtnetlink.ts";
import { filterIpv4Vrid } from "../wire/socket-filter.ts";
import {
  IP_ADD_MEMBERSHIP,
  IP_HDRINCL,
  IP_MULTICAST_ALL,
  IP_MULTICAST_LOOP,
  IPPROTO_IP,
  intOption,
  MSG_DONTWAIT,
  SO_BINDTODEVICE,
  SO_PRIORITY,
  SOCK_CLOEXEC_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  textOption,
} from "./linux.ts";

/** Sends and receives the advertisements of one virtual router on one interface. */
export type AdvertSocket = {
  readonly fd: number;
  readonly link: Link;
  /** Next packet, or undefined; the bytes are valid until the next call. */
  readonly receive: () => Packet | undefined;
  /** @returns 0, or what failed */
  readonly send: (source: string, destination: string, payload: Uint8Array) => SendResult;
  readonly close: () => void;
};

/** A packet as the kernel gives it: over IPv4 with its header, over IPv6 without. */
export type Packet =
  | { readonly family: 4; readonly bytes: Uint8Array }
  | { readonly family: 6; readonly source: string; readonly payload: Uint8Array };

export type SendResult = { readonly ok: true } | { readonly ok: false; readonly because: string };

/** An advertisement with 255 IPv6 addresses, and its header. */
export const PACKET_BYTES_MAX = 4_200;
/** TC_PRIO_CONTROL: before user traffic in the queue of the interface. */
export const PRIORITY_CONTROL = 7;
const IDENTIFICATION_MAX = 0xffff;

/**
 * Opens the socket of a virtual router over IPv4.
 *
 * It takes whole packets, so that their source is what we say, and never a virtual address that the kernel happens to prefer.
 *
 * @throws Error naming the call that failed
 */
export function openAdvertSocket(libc: Libc, link: Link, vrid: number, kind: "multicast" | "unicast"): AdvertSocket {
  const fd = must("socket", libc.socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, VRRP_PROTOCOL));
  const option = (name: string, level: number, number: number, value: Uint8Array) =>
    must(name, libc.setsockopt(fd, level, number, value));
  try {
    must("SO_ATTACH_FILTER", libc.attachFilter(fd, filterIpv4Vrid(vrid)));
    option("SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, textOption(link.name));
    option("IP_HDRINCL", IPPROTO_IP, IP_HDRINCL, intOption(1));
    option("SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, intOption(PRIORITY_CONTROL));
    option("IP_MULTICAST_LOOP", IPPROTO_IP, IP_MULTICAST_LOOP, intOption(0));
    option("IP_MULTICAST_ALL", IPPROTO_IP, IP_MULTICAST_ALL, intOption(0));
    if (kind === "multicast") option("IP_ADD_MEMBERSHIP", IPPROTO_IP, IP_ADD_MEMBERSHIP, groupRequest(link.index));
  } catch (error) {
    libc.close(fd);
    throw error;
  }
  return wrap(libc, fd, link);
}

function wrap(libc: Libc, fd: number, link: Link): AdvertSocket {
  const buffer = new Uint8Array(PACKET_BYTES_MAX);
  let identification = 0;
  return {
    fd,
    link,
    receive: () => {
      const length = libc.receive(fd, buffer, MSG_DONTWAIT);
      return length >= 0 ? { family: 4, bytes: buffer.subarray(0, length) } : undefined;
    },
    send: (source, destination, payload) => {
      identification = (identification % IDENTIFICATION_MAX) + 1;
      const packet = encodeIpv4Packet(source, destination, identification, payload);
      const to = encodeInetAddress(parseIpAddress(destination) ?? new Uint8Array(4));
      const result = libc.send(fd, packet, MSG_DONTWAIT, to);
      return result >= 0 ? { ok: true } : { ok: false, because: errorName(result) };
    },
    close: () => void libc.close(fd),
  };
}

/** `struct ip_mreqn`: group, no local address, interface. */
function groupRequest(interfaceIndex: number): Uint8Array {
  const request = new Uint8Array(12);
  request.set(parseIpAddress(MULTICAST_GROUP[4]) ?? [], 0);
  new DataView(request.buffer).setInt32(8, interfaceIndex, true);
  return request;
}
