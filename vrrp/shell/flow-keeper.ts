import { errorName } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_NETLINK, encodeNetlinkAddress } from "../../daemon/ffi/sockaddr.ts";
import type { Settings } from "../core/settings.ts";
import { decodeNetlinkMessages, viewOf } from "../wire/netlink.ts";
import {
  bitsAreClear,
  bytesAre,
  type Chain,
  copyTo,
  drop,
  encodeNewTable,
  ipBytes,
  isForListenerOnly,
  protocolIs,
  type TableFamily,
} from "../wire/nftables.ts";
import type { Link } from "../wire/rtnetlink.ts";
import type { SendResult } from "./advert-socket.ts";
import { MSG_DONTWAIT, NETLINK_NETFILTER, SOCK_CLOEXEC_NONBLOCK, SOCK_RAW } from "./linux.ts";

/**
 * Lets connections go on where they began when the addresses move as planned.
 *
 * The new Active gets all packets. Those of a connection that it does not know are the old one's: it passes them on. The old one keeps
 * the addresses without answering ARP for them. Both by rules of the kernel's packet filter, which go with this process.
 */
export type FlowKeeper = {
  /** On the new Active: pass on what is `to`'s. */
  readonly relay: (settings: Settings, link: Link, to: string) => SendResult;
  /** On the old Active: say nothing of the addresses. */
  readonly hush: (settings: Settings) => SendResult;
  /** No rules any more. */
  readonly end: () => void;
};

const TCP = 6;
/** Offsets of the IPv4 destination, of TCP's flags, and of sender and target in an ARP packet. */
const IPV4_DESTINATION_AT = 16;
const TCP_FLAGS_AT = 13;
const SYN = 0x02;
const ARP_SENDER_AT = 14;
const ARP_TARGET_AT = 24;
const NLMSG_ERROR = 2;
const BUFFER_BYTES = 16_384;

export function openFlowKeeper(libc: Libc): FlowKeeper {
  let fd: number | undefined;
  const end = () => {
    if (fd !== undefined) libc.close(fd);
    fd = undefined;
  };
  const make = (family: TableFamily, name: string, chains: readonly Chain[]): SendResult => {
    end();
    fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, NETLINK_NETFILTER);
    const result = fd < 0 ? fd : order(libc, fd, encodeNewTable(family, name, chains, 1));
    if (result >= 0) return { ok: true };
    if (fd >= 0) libc.close(fd);
    fd = undefined;
    return { ok: false, because: `packet filter: ${errorName(result)}` };
  };
  return {
    relay: ({ name, addresses }, link, to) =>
      make("ip", `lbpair-relay-${name}`, [
        {
          at: "ip-in",
          rules: addresses.map(({ address }) => [
            ...protocolIs(TCP),
            ...bytesAre("network", IPV4_DESTINATION_AT, ipBytes(address)),
            ...bitsAreClear("transport", TCP_FLAGS_AT, SYN),
            ...isForListenerOnly(),
            ...copyTo(to, link.index),
            drop(),
          ]),
        },
      ]),
    hush: ({ name, addresses }) => {
      const silence = (offset: number) =>
        addresses.map(({ address }) => [...bytesAre("network", offset, ipBytes(address)), drop()]);
      return make("arp", `lbpair-hush-${name}`, [
        { at: "arp-in", rules: silence(ARP_TARGET_AT) },
        { at: "arp-out", rules: silence(ARP_SENDER_AT) },
      ]);
    },
    end,
  };
}

/** @returns 0, or the first error of the transaction */
function order(libc: Libc, fd: number, batch: Uint8Array): number {
  const sent = libc.send(fd, batch, MSG_DONTWAIT, encodeNetlinkAddress(0));
  if (sent < 0) return sent;
  const buffer = new Uint8Array(BUFFER_BYTES);
  // The kernel has answered everything by the time `send` is back.
  for (
    let length = libc.receive(fd, buffer, MSG_DONTWAIT);
    length > 0;
    length = libc.receive(fd, buffer, MSG_DONTWAIT)
  ) {
    for (const { type, body } of decodeNetlinkMessages(buffer.subarray(0, length))) {
      const result = type === NLMSG_ERROR && body.length >= 4 ? viewOf(body).getInt32(0, true) : 0;
      if (result < 0) return result;
    }
  }
  return 0;
}
