import { must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_PACKET, encodeLinkAddress } from "../../daemon/ffi/sockaddr.ts";
import { decodeArp, ETHERTYPE_ARP, encodeArpQuestion } from "../wire/arp.ts";
import { parseIpAddress } from "../wire/ip-address.ts";
import type { Link } from "../wire/rtnetlink.ts";
import { filterArpSenders } from "../wire/socket-filter.ts";
import { MSG_DONTWAIT, SOCK_CLOEXEC_NONBLOCK, SOCK_RAW } from "./linux.ts";

/** What the neighbours on a link say of addresses (ARP). */
export type LinkWatch = {
  readonly fd: number;
  readonly link: Link;
  /** Next packet of another host; undefined: no more. */
  readonly receive: () => ArpSeen | undefined;
  /** Asks who has an address; what comes of it is received. */
  readonly ask: (mac: string, source: string, address: string) => void;
  /** From now on only packets of those who say that they have one of these addresses. */
  readonly narrow: (addresses: readonly string[]) => void;
  readonly close: () => void;
};

export type ArpSeen = { readonly mac: string; readonly address: string };

const FRAME_BYTES_MAX = 128;

/** @throws Error naming the call that failed */
export function openLinkWatch(libc: Libc, link: Link): LinkWatch {
  const fd = must("socket", libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, 0));
  const to = encodeLinkAddress(link.index, ETHERTYPE_ARP);
  const buffer = new Uint8Array(FRAME_BYTES_MAX);
  try {
    must("bind", libc.bind(fd, to));
  } catch (error) {
    libc.close(fd);
    throw error;
  }
  return {
    fd,
    link,
    receive: () => {
      for (;;) {
        const length = libc.receive(fd, buffer, MSG_DONTWAIT);
        if (length < 0) return undefined;
        const packet = decodeArp(buffer.subarray(0, length));
        if (packet === undefined || packet.senderMac === link.mac) continue;
        return { mac: packet.senderMac, address: packet.senderAddress };
      }
    },
    // A question that can't be sent is one that nobody answers.
    ask: (mac, source, address) => void libc.send(fd, encodeArpQuestion(mac, source, address), MSG_DONTWAIT, to),
    narrow: (addresses) => {
      const bytes = addresses.flatMap((address) => parseIpAddress(address) ?? []).filter(({ length }) => length === 4);
      must("SO_ATTACH_FILTER", libc.attachFilter(fd, filterArpSenders(bytes)));
    },
    close: () => void libc.close(fd),
  };
}
