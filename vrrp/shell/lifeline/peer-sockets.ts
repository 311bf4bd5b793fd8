import { createHmac, randomBytes } from "node:crypto";
import { EINPROGRESS, must } from "../../../daemon/ffi/errno.ts";
import type { Libc } from "../../../daemon/ffi/libc.ts";
import { AF_INET, AF_INET6, encodeInet6Address, encodeInetAddress } from "../../../daemon/ffi/sockaddr.ts";
import { CHALLENGE_BYTES } from "../../../daemon/lifelines.ts";
import { parseIpAddress } from "../../wire/ip-address.ts";
import { filterSources } from "../../wire/socket-filter.ts";
import {
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  intOption,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SOCK_CLOEXEC_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_SYNCNT,
} from "../linux.ts";
import type { Holder } from "./lifeline-watch.ts";

/** The sockets of lifelines between the two hosts: TCP, the holder listens. */

const BACKLOG = 8;
const ANY_IPV4 = new Uint8Array(4);
const ANY_IPV6 = new Uint8Array(16);
const LINK_GLOBAL = 0;
/** A host that is gone without a word, or does not answer, is given up after four seconds, so that its next life is not missed. */
const PATIENCE: readonly (readonly [name: number, value: number])[] = [
  [TCP_KEEPIDLE, 1],
  [TCP_KEEPINTVL, 1],
  [TCP_KEEPCNT, 3],
  [TCP_SYNCNT, 1],
];

/**
 * Opens what the peers hold on to, one socket for each family of theirs. Nobody else gets as far as a handshake.
 *
 * @throws Error naming the call that failed
 */
export function listenForPeers(libc: Libc, port: number, peers: readonly string[]): number[] {
  const addresses = peers.flatMap((peer) => parseIpAddress(peer) ?? []);
  const opened: number[] = [];
  try {
    for (const any of [ANY_IPV4, ANY_IPV6]) {
      const own = addresses.filter(({ length }) => length === any.length);
      if (own.length === 0) continue;
      const fd = must("socket", openStream(libc, any));
      opened.push(fd);
      if (any === ANY_IPV6) must("IPV6_V6ONLY", libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, intOption(1)));
      must("SO_REUSEADDR", libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, intOption(1)));
      must("SO_ATTACH_FILTER", libc.attachFilter(fd, filterSources(own)));
      must(`bind to port ${port}`, libc.bind(fd, encodeAddress(any, port)));
      must("listen", libc.listen(fd, BACKLOG));
    }
    return opened;
  } catch (error) {
    for (const fd of opened) libc.close(fd);
    throw error;
  }
}

/** The peer's end at one of its addresses. */
export function peerHolder(address: string, port: number, key: Uint8Array): Holder {
  return {
    dial: (libc) => {
      const bytes = parseIpAddress(address) ?? ANY_IPV4;
      const fd = openStream(libc, bytes);
      if (fd < 0) return fd; // a host without IPv6, for one
      const result = libc.connect(fd, encodeAddress(bytes, port));
      if (result >= 0 || result === -EINPROGRESS) return fd;
      libc.close(fd);
      return result;
    },
    challenge: () => {
      const ask = new Uint8Array(randomBytes(CHALLENGE_BYTES));
      return { ask, want: proveKey(key, ask) };
    },
  };
}

/** What only one of the pair can say of a challenge. */
export function proveKey(key: Uint8Array, challenge: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update("lbpair lifeline 1 ").update(challenge).digest();
}

function openStream(libc: Libc, address: Uint8Array): number {
  const family = address.length === ANY_IPV4.length ? AF_INET : AF_INET6;
  const fd = libc.socket(family, SOCK_STREAM | SOCK_CLOEXEC_NONBLOCK, 0);
  if (fd < 0) return fd;
  libc.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, intOption(1));
  for (const [name, value] of PATIENCE) libc.setsockopt(fd, IPPROTO_TCP, name, intOption(value));
  return fd;
}

function encodeAddress(address: Uint8Array, port: number): Uint8Array {
  return address.length === ANY_IPV4.length
    ? encodeInetAddress(address, port)
    : encodeInet6Address(address, LINK_GLOBAL, port);
}
