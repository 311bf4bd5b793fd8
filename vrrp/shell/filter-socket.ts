import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_NETLINK, encodeNetlinkAddress } from "../../daemon/ffi/sockaddr.ts";
import { decodeNetlinkMessages, viewOf } from "../wire/netlink.ts";
import { MSG_DONTWAIT, NETLINK_NETFILTER, SOCK_CLOEXEC_NONBLOCK, SOCK_RAW } from "./linux.ts";

/**
 * Orders to the kernel's packet filter. What it makes goes with it.
 *
 * One for as long as the engine runs: closing it waits until no processor looks at a removed rule any more, 7..60 ms in which no
 * advertisement would be sent.
 */
export type FilterSocket = {
  /** @returns 0, or the first error of the transaction */
  readonly order: (batch: Uint8Array) => number;
  readonly close: () => void;
};

const NLMSG_ERROR = 2;
const BUFFER_BYTES = 16_384;

export function openFilterSocket(libc: Libc): FilterSocket {
  // Opened when it is needed: a kernel without a packet filter is told of then, and everything else works.
  let fd = -1;
  const kernel = encodeNetlinkAddress(0);
  const buffer = new Uint8Array(BUFFER_BYTES);
  return {
    order: (batch) => {
      if (fd < 0) fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, NETLINK_NETFILTER);
      if (fd < 0) return fd;
      const sent = libc.send(fd, batch, MSG_DONTWAIT, kernel);
      if (sent < 0) return sent;
      let first = 0;
      // The kernel has answered everything by the time `send` is back.
      for (
        let length = libc.receive(fd, buffer, MSG_DONTWAIT);
        length > 0;
        length = libc.receive(fd, buffer, MSG_DONTWAIT)
      ) {
        for (const { type, body } of decodeNetlinkMessages(buffer.subarray(0, length))) {
          const result = type === NLMSG_ERROR && body.length >= 4 ? viewOf(body).getInt32(0, true) : 0;
          if (first === 0 && result < 0) first = result;
        }
      }
      return first;
    },
    close: () => {
      if (fd >= 0) libc.close(fd);
      fd = -1;
    },
  };
}
