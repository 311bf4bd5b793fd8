import { errorName, must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_NETLINK, encodeNetlinkAddress } from "../../daemon/ffi/sockaddr.ts";
import { emptyNetwork, type HostNetwork, learnNetwork } from "../core/network.ts";
import { encodeAddressDump, encodeLinkDump } from "../wire/address-request.ts";
import { decodeNetlinkMessages } from "../wire/netlink.ts";
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
  /** @returns 0 or a negative error number */
  readonly order: (encode: (sequence: number) => Uint8Array) => number;
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
const NO_ANSWER = -5; // EIO: the kernel broke its own protocol

/** @throws Error naming the call that failed */
export function openRouteSocket(libc: Libc): RouteSocket {
  const fd = open(libc, 0);
  const buffer = new Uint8Array(BUFFER_BYTES);
  const kernel = encodeNetlinkAddress(0);
  let sequence = 0;

  /** Sends a request and calls back for its answers until one of them says it is the last. */
  const exchange = (encode: (sequence: number) => Uint8Array, onAnswer: (message: RouteMessage) => boolean): number => {
    sequence += 1;
    const sent = libc.send(fd, encode(sequence), MSG_DONTWAIT, kernel);
    if (sent < 0) return sent;
    for (;;) {
      const length = libc.receive(fd, buffer, MSG_DONTWAIT);
      if (length < 0) return length;
      for (const message of decodeNetlinkMessages(buffer.subarray(0, length))) {
        if (message.sequence === sequence && onAnswer(decodeRouteMessage(message))) return 0;
      }
    }
  };

  const dump = (network: HostNetwork, encode: (sequence: number) => Uint8Array): HostNetwork => {
    let learned = network;
    const result = exchange(encode, (message) => {
      learned = learnNetwork(learned, message);
      return message.kind === "done" || message.kind === "answer";
    });
    must("netlink dump", result);
    return learned;
  };

  return {
    order: (encode) => {
      let answer = NO_ANSWER;
      const result = exchange(encode, (message) => {
        if (message.kind === "answer") answer = message.result;
        return message.kind === "answer";
      });
      return result < 0 ? result : answer;
    },
    dump: () => dump(dump(emptyNetwork, encodeLinkDump), encodeAddressDump),
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
      const messages: RouteMessage[] = [];
      for (;;) {
        const length = libc.receive(fd, buffer, MSG_DONTWAIT);
        if (length < 0) return errorName(length) === "ENOBUFS" ? "lost" : messages;
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
