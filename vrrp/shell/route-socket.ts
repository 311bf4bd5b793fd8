import { ENOBUFS, must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_NETLINK, encodeNetlinkAddress } from "../../daemon/ffi/sockaddr.ts";
import { emptyNetwork, type HostNetwork, learnNetwork } from "../core/network.ts";
import { encodeAddressDump, encodeLinkDump } from "../wire/address-request.ts";
import { decodeAnswer, decodeNetlinkMessages, numberMessage, viewOf } from "../wire/netlink.ts";
import { decodeRouteMessage, MONITOR_GROUPS, type RouteMessage } from "../wire/rtnetlink.ts";
import {
  intOption,
  MSG_DONTWAIT,
  NETLINK_ROUTE,
  SO_RCVBUF,
  SOCK_CLOEXEC_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
} from "./linux.ts";

/** Questions and orders to the kernel about links and addresses. The kernel answers within the call. */
export type RouteSocket = {
  /**
   * @param request  it gets a number, and can be sent again
   * @returns 0 or a negative error number
   */
  readonly order: (request: Uint8Array) => number;
  /** All links and addresses. */
  readonly dump: () => HostNetwork;
  readonly close: () => void;
};

/** Changes of links and addresses as they happen. */
export type RouteMonitor = {
  readonly fd: number;
  /** What happened since the last call; `lost` when there was more than fits, and only a dump can tell. */
  readonly drain: () => readonly RouteMessage[] | "lost";
  readonly close: () => void;
};

/** The kernel's largest dump datagram. */
const BUFFER_BYTES = 32_768;
/** Room for a burst of changes, such as a restart of the network manager. */
const MONITOR_BUFFER_BYTES = 1_048_576;
const NOTHING: readonly RouteMessage[] = [];

/** @throws Error naming the call that failed */
export function openRouteSocket(libc: Libc): RouteSocket {
  const fd = open(libc, 0);
  const buffer = new Uint8Array(BUFFER_BYTES);
  const kernel = encodeNetlinkAddress(0);
  let sequence = 0;

  const view = viewOf(buffer);

  const send = (request: Uint8Array): number => {
    sequence = (sequence + 1) >>> 0;
    numberMessage(request, sequence);
    return libc.send(fd, request, MSG_DONTWAIT, kernel);
  };

  const dump = (network: HostNetwork, request: Uint8Array): HostNetwork => {
    must("netlink dump", send(request));
    let learned = network;
    for (;;) {
      const length = must("netlink dump", libc.receive(fd, buffer, MSG_DONTWAIT));
      for (const answer of decodeNetlinkMessages(buffer.subarray(0, length))) {
        if (answer.sequence !== sequence) continue;
        const message = decodeRouteMessage(answer);
        if (message.kind === "done" || message.kind === "answer") return learned;
        learned = learnNetwork(learned, message);
      }
    }
  };

  return {
    order: (request) => {
      const sent = send(request);
      if (sent < 0) return sent;
      // Leases are renewed all day: their answers are read without making garbage.
      for (;;) {
        const length = libc.receive(fd, buffer, MSG_DONTWAIT);
        if (length < 0) return length;
        const answer = decodeAnswer(view, sequence);
        if (answer !== undefined) return answer;
      }
    },
    dump: () => dump(dump(emptyNetwork, encodeLinkDump()), encodeAddressDump()),
    close: () => void libc.close(fd),
  };
}

/** @throws Error naming the call that failed */
export function openRouteMonitor(libc: Libc): RouteMonitor {
  const fd = open(libc, MONITOR_GROUPS);
  must("SO_RCVBUF", libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, intOption(MONITOR_BUFFER_BYTES)));
  const buffer = new Uint8Array(BUFFER_BYTES);
  return {
    fd,
    drain: () => {
      let messages: RouteMessage[] | undefined;
      for (;;) {
        const length = libc.receive(fd, buffer, MSG_DONTWAIT);
        if (length < 0) return length === -ENOBUFS ? "lost" : (messages ?? NOTHING);
        messages ??= [];
        messages.push(...decodeNetlinkMessages(buffer.slice(0, length)).map(decodeRouteMessage));
      }
    },
    close: () => void libc.close(fd),
  };
}

function open(libc: Libc, groups: number): number {
  const fd = must("socket", libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, NETLINK_ROUTE));
  must("bind", libc.bind(fd, encodeNetlinkAddress(groups)));
  return fd;
}
