import { errorName } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_NETLINK, encodeNetlinkAddress } from "../../daemon/ffi/sockaddr.ts";
import { hushTable, relayTable, type Table } from "../core/flow-rules.ts";
import type { Settings } from "../core/settings.ts";
import { decodeNetlinkMessages, viewOf } from "../wire/netlink.ts";
import { encodeNewTable } from "../wire/nftables.ts";
import type { Link } from "../wire/rtnetlink.ts";
import type { SendResult } from "./advert-socket.ts";
import { MSG_DONTWAIT, NETLINK_NETFILTER, SOCK_CLOEXEC_NONBLOCK, SOCK_RAW } from "./linux.ts";

/**
 * Lets connections go on where they began when the addresses move as planned.
 *
 * The new Active gets all packets. Those of a connection that it does not know are the old one's: it passes them on. The old one keeps
 * the addresses without answering for them on the link. Both by rules of the kernel's packet filter, which go with this process.
 */
export type FlowKeeper = {
  /** On the new Active: pass on what is `to`'s. */
  readonly relay: (settings: Settings, link: Link, to: string) => SendResult;
  /** On the old Active: say nothing of the addresses. */
  readonly hush: (settings: Settings) => SendResult;
  /** No rules any more. */
  readonly end: () => void;
};

const NLMSG_ERROR = 2;
const BUFFER_BYTES = 16_384;

export function openFlowKeeper(libc: Libc): FlowKeeper {
  let fd: number | undefined;
  const end = () => {
    if (fd !== undefined) libc.close(fd);
    fd = undefined;
  };
  const make = ({ family, name, chains }: Table): SendResult => {
    end();
    fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, NETLINK_NETFILTER);
    const result = fd < 0 ? fd : order(libc, fd, encodeNewTable(family, name, chains, 1));
    if (result >= 0) return { ok: true };
    if (fd >= 0) libc.close(fd);
    fd = undefined;
    return { ok: false, because: `packet filter: ${errorName(result)}` };
  };
  return {
    relay: (settings, link, to) => make(relayTable(settings, link, to)),
    hush: (settings) => make(hushTable(settings)),
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
