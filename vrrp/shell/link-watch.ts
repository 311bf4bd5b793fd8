import { must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_PACKET, encodeLinkAddress } from "../../daemon/ffi/sockaddr.ts";
import type { LinkLanguage, LinkSeen } from "../core/link-language.ts";
import type { Link } from "../wire/rtnetlink.ts";
import { MSG_DONTWAIT, SOCK_CLOEXEC_NONBLOCK, SOCK_RAW } from "./linux.ts";

/** What the neighbours on a link say of addresses. */
export type LinkWatch = {
  readonly fd: number;
  readonly link: Link;
  /** Next packet of another host; undefined: no more. */
  readonly receive: () => LinkSeen | undefined;
  readonly send: (frames: readonly Uint8Array[]) => void;
  /** From now on only packets of those who say that they have one of these addresses. */
  readonly narrow: (addresses: readonly string[]) => void;
  readonly close: () => void;
};

const FRAME_BYTES_MAX = 128;

/** @throws Error naming the call that failed */
export function openLinkWatch(libc: Libc, link: Link, language: LinkLanguage): LinkWatch {
  const fd = must("socket", libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, 0));
  const to = encodeLinkAddress(link.index, language.etherType);
  const buffer = new Uint8Array(FRAME_BYTES_MAX);
  const attach = (filter: Uint8Array) => must("SO_ATTACH_FILTER", libc.attachFilter(fd, filter));
  try {
    attach(language.filterAll());
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
        const seen = language.decode(buffer.subarray(0, length));
        if (seen !== undefined && seen.mac !== link.mac) return seen;
      }
    },
    send: (frames) => {
      // A question that can't be sent is one that nobody answers.
      for (const frame of frames) libc.send(fd, frame, MSG_DONTWAIT, to);
    },
    narrow: (addresses) => void attach(language.filterClaims(addresses)),
    close: () => void libc.close(fd),
  };
}
