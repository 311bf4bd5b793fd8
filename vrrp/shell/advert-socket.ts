import { errorName, must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_INET, encodeInetAddress } from "../../daemon/ffi/sockaddr.ts";
import type { Arrival } from "../core/receive.ts";
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

/** Sends and receives the advertisements of one virtual router on one interface; what repeats itself allocates nothing. */
export type AdvertSocket = {
  readonly fd: number;
  readonly link: Link;
  /** Next packet, or undefined; always the same object, valid until the next call. */
  readonly receive: () => Arrival | undefined;
  readonly pack: (source: string, destination: string, payload: Uint8Array) => Packed;
  readonly send: (packet: Packed) => SendResult;
  readonly close: () => void;
};

/** A packet with its header, and the socket address that it goes to; it can be sent any number of times. */
export type Packed = { readonly bytes: Uint8Array; readonly to: Uint8Array };

export type SendResult = { readonly ok: true } | { readonly ok: false; readonly because: string };
export const SENT: SendResult = { ok: true };

/** An advertisement with 255 IPv6 addresses, and its header. */
export const PACKET_BYTES_MAX = 4_200;
/** TC_PRIO_CONTROL: before user traffic in the queue of the interface. */
export const PRIORITY_CONTROL = 7;
/** raw(7): the kernel chooses one, and fills in the checksum in any case. */
const IDENTIFICATION_BY_KERNEL = 0;

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
  const arrival = { family: 4, buffer: new Uint8Array(PACKET_BYTES_MAX), length: 0, sender: new Uint8Array() } as const;
  return {
    fd,
    link,
    receive: receiveInto(arrival, () => libc.receive(fd, arrival.buffer, MSG_DONTWAIT)),
    pack: (source, destination, payload) => ({
      bytes: encodeIpv4Packet(source, destination, IDENTIFICATION_BY_KERNEL, payload),
      to: encodeInetAddress(parseIpAddress(destination) ?? new Uint8Array(4)),
    }),
    send: (packet) => sendPacked(libc, fd, packet),
    close: () => void libc.close(fd),
  };
}

/** A socket's `receive`: the same arrival each time, with another length. */
export function receiveInto(arrival: Arrival, read: () => number): AdvertSocket["receive"] {
  const reused = { ...arrival };
  return () => {
    reused.length = read();
    return reused.length >= 0 ? reused : undefined;
  };
}

export function sendPacked(libc: Libc, fd: number, { bytes, to }: Packed): SendResult {
  const result = libc.send(fd, bytes, MSG_DONTWAIT, to);
  return result >= 0 ? SENT : { ok: false, because: errorName(result) };
}

/** `struct ip_mreqn`: group, no local address, interface. */
function groupRequest(interfaceIndex: number): Uint8Array {
  const request = new Uint8Array(12);
  request.set(parseIpAddress(MULTICAST_GROUP[4]) ?? [], 0);
  new DataView(request.buffer).setInt32(8, interfaceIndex, true);
  return request;
}
