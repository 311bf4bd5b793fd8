import type { Libc } from "../../../daemon/ffi/libc.ts";
import { numberMessage } from "../../../vrrp/wire/netlink.ts";
import { bytesOf } from "../wire/vectors.ts";

/** A kernel for the engine that makes no garbage: its clock goes on by itself while the engine sleeps. */
export type FakeKernel = {
  readonly libc: Libc;
  readonly nowMs: () => number;
  /** The next packet of the link, received once. */
  packet: Uint8Array | undefined;
  /** Told of every packet that is sent as an advertisement. */
  onAdvert: (packet: Uint8Array) => void;
  /** What happens while the engine sleeps; it may put a packet on the link. Returns how long that was, ms. */
  onSleep: (timeoutMs: number) => number;
};

const EAGAIN = -11;
const EINPROGRESS = -115;
const AF_NETLINK = 16;
const VRRP = 112;
const [RTM_GETLINK, RTM_NEWADDR, RTM_GETADDR] = [18, 20, 22];
const TYPE_AT = 4;
const SEQUENCE_AT = 8;

// eth0, index 2, up with carrier, MAC 02:00:00:00:00:11; and its address 192.0.2.11/24. Written by hand from linux/rtnetlink.h.
const LINK = `3400000010000000${"00".repeat(8)}${"00000100"}${"02000000"}${"43100100"}${"00000000"}${"09000300"}${"6574683000000000"}${"0a000100"}${"020000000011"}0000`;
const ADDRESS = `2800000014000000${"00".repeat(8)}${"0218000002000000"}${"08000100c000020b"}${"08000200c000020b"}`;
const DONE = `1400000003000000${"00".repeat(8)}00000000`;
const ACCEPTED = `2400000002000000${"00".repeat(8)}${"00".repeat(20)}`;

/** One with an interface eth0 that has the address 192.0.2.11/24. */
export function openFakeKernel(): FakeKernel {
  const answers: Uint8Array[] = [];
  const [link, address, done, accepted] = [bytesOf(LINK), bytesOf(ADDRESS), bytesOf(DONE), bytesOf(ACCEPTED)];
  let [nextFd, route, monitor, adverts] = [100, -1, -1, -1];
  let told: Uint8Array | undefined;
  let nowMs = 0;

  const obey = (request: Uint8Array): number => {
    const view = new DataView(request.buffer, request.byteOffset);
    const [type, sequence] = [view.getUint16(TYPE_AT, true), view.getUint32(SEQUENCE_AT, true)];
    const reply = type === RTM_GETLINK ? [link, done] : type === RTM_GETADDR ? [address, done] : [accepted];
    for (const message of reply) {
      numberMessage(message, sequence);
      answers.push(message);
    }
    // A change is told to all who listen: in the words of the order, whose attributes are the same.
    if (type === RTM_NEWADDR) told = request;
    return request.length;
  };
  const next = (fd: number): Uint8Array | undefined => {
    if (fd === route) return answers.shift();
    const waiting = fd === monitor ? told : fd === adverts ? kernel.packet : undefined;
    if (fd === monitor) told = undefined;
    if (fd === adverts) kernel.packet = undefined;
    return waiting;
  };
  const receive = (fd: number, buffer: Uint8Array): number => {
    const bytes = next(fd);
    if (bytes === undefined) return EAGAIN;
    buffer.set(bytes);
    return bytes.length;
  };
  const ok = () => 0;
  const libc = {
    ...{ listen: ok, setsockopt: ok, attachFilter: ok, close: ok, notify: ok, acknowledge: () => EAGAIN },
    ...{ accept: () => EAGAIN, connect: () => EINPROGRESS, receive, receiveFrom: receive },
    socket: (domain: number, _type: number, protocol: number) => {
      nextFd += 1;
      if (domain !== AF_NETLINK && protocol === VRRP) adverts = nextFd;
      return nextFd;
    },
    bind: (fd: number, name: Uint8Array) => {
      const isNetlink = name[0] === AF_NETLINK;
      if (isNetlink && name[SEQUENCE_AT] === 0) route = fd;
      else if (isNetlink) monitor = fd;
      return 0;
    },
    send: (fd: number, bytes: Uint8Array) => {
      if (fd === adverts) kernel.onAdvert(bytes);
      return fd === route ? obey(bytes) : bytes.length;
    },
    poll: (_: unknown, timeoutMs: number) => {
      nowMs += kernel.onSleep(timeoutMs);
      return 0;
    },
  } as unknown as Libc;
  const kernel: FakeKernel = {
    libc,
    nowMs: () => nowMs,
    packet: undefined,
    onAdvert: () => undefined,
    onSleep: (timeoutMs) => timeoutMs,
  };
  return kernel;
}
