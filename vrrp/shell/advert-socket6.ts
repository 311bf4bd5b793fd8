import { must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_INET6, encodeInet6Address } from "../../daemon/ffi/sockaddr.ts";
import { MULTICAST_GROUP } from "../wire/advertisement.ts";
import { VRRP_PROTOCOL } from "../wire/checksum.ts";
import { parseIpAddress } from "../wire/ip-address.ts";
import { encodeIpv6Packet } from "../wire/ipv6.ts";
import type { Link } from "../wire/rtnetlink.ts";
import { filterIpv6Vrid } from "../wire/socket-filter.ts";
import { type AdvertSocket, PACKET_BYTES_MAX, PRIORITY_CONTROL, receiveInto, sendPacked } from "./advert-socket.ts";
import {
  IPPROTO_IPV6,
  IPV6_HDRINCL,
  IPV6_JOIN_GROUP,
  IPV6_MULTICAST_ALL,
  IPV6_MULTICAST_LOOP,
  intOption,
  MSG_DONTWAIT,
  SO_BINDTODEVICE,
  SO_PRIORITY,
  SOCK_CLOEXEC_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  textOption,
} from "./linux.ts";

/** Where `struct sockaddr_in6` has the address. */
const ADDRESS_AT = 8;

/**
 * Opens the socket of a virtual router over IPv6. Like the one over IPv4 it sends whole packets; it receives them without their header,
 * so what the header must be is checked by the socket's filter.
 *
 * @throws Error naming the call that failed
 */
export function openAdvertSocket6(libc: Libc, link: Link, vrid: number, kind: "multicast" | "unicast"): AdvertSocket {
  const fd = must("socket", libc.socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, VRRP_PROTOCOL));
  const option = (name: string, level: number, number: number, value: Uint8Array) =>
    must(name, libc.setsockopt(fd, level, number, value));
  try {
    must("SO_ATTACH_FILTER", libc.attachFilter(fd, filterIpv6Vrid(vrid, kind)));
    option("SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, textOption(link.name));
    option("SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, intOption(PRIORITY_CONTROL));
    option("IPV6_HDRINCL", IPPROTO_IPV6, IPV6_HDRINCL, intOption(1));
    option("IPV6_MULTICAST_LOOP", IPPROTO_IPV6, IPV6_MULTICAST_LOOP, intOption(0));
    option("IPV6_MULTICAST_ALL", IPPROTO_IPV6, IPV6_MULTICAST_ALL, intOption(0));
    if (kind === "multicast") option("IPV6_JOIN_GROUP", IPPROTO_IPV6, IPV6_JOIN_GROUP, groupRequest(link.index));
  } catch (error) {
    libc.close(fd);
    throw error;
  }
  const buffer = new Uint8Array(PACKET_BYTES_MAX);
  const from = encodeInet6Address(new Uint8Array(16), 0);
  const arrival = { family: 6, buffer, length: 0, sender: from.subarray(ADDRESS_AT, ADDRESS_AT + 16) } as const;
  return {
    fd,
    link,
    receive: receiveInto(arrival, () => libc.receiveFrom(fd, buffer, MSG_DONTWAIT, from)),
    pack: (source, destination, payload) => ({
      bytes: encodeIpv6Packet(source, destination, payload),
      to: encodeInet6Address(parseIpAddress(destination) ?? new Uint8Array(16), link.index),
    }),
    send: (packet) => sendPacked(libc, fd, packet),
    close: () => void libc.close(fd),
  };
}

/** `struct ipv6_mreq`: group, interface. */
function groupRequest(interfaceIndex: number): Uint8Array {
  const request = new Uint8Array(20);
  request.set(parseIpAddress(MULTICAST_GROUP[6]) ?? [], 0);
  new DataView(request.buffer).setInt32(16, interfaceIndex, true);
  return request;
}
