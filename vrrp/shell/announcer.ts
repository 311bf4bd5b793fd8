import { errorName, must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_PACKET, encodeLinkAddress } from "../../daemon/ffi/sockaddr.ts";
import { encodeGratuitousArp } from "../wire/arp.ts";
import type { Prefix } from "../wire/ip-address.ts";
import { encodeNeighborAdvertisement } from "../wire/neighbor-discovery.ts";
import type { Link } from "../wire/rtnetlink.ts";
import { MSG_DONTWAIT, SOCK_CLOEXEC_NONBLOCK, SOCK_RAW } from "./linux.ts";

/** Tells the neighbours of a link where addresses are now. */
export type Announcer = {
  readonly announce: (link: Link, addresses: readonly Prefix[]) => Announced;
  readonly close: () => void;
};

/** How many frames went out, and why not all of them did. */
export type Announced = { readonly frames: number; readonly because: string | undefined };

/** Receive nothing: the socket is for sending. */
const NO_PROTOCOL = 0;

/** @throws Error naming the call that failed */
export function openAnnouncer(libc: Libc): Announcer {
  const fd = must("socket", libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, NO_PROTOCOL));
  return {
    announce: (link, addresses) => {
      const to = encodeLinkAddress(link.index, NO_PROTOCOL);
      let frames = 0;
      for (const frame of addresses.flatMap((prefix) => framesOf(link.mac, prefix))) {
        const result = libc.send(fd, frame, MSG_DONTWAIT, to);
        if (result < 0) return { frames, because: errorName(result) };
        frames += 1;
      }
      return { frames, because: undefined };
    },
    close: () => void libc.close(fd),
  };
}

/** Announces addresses that are on several links; tells the last failure. */
export function announceEverywhere(
  announcer: Announcer,
  places: readonly (readonly [link: Link | undefined, addresses: readonly Prefix[]])[],
): Announced {
  let all: Announced = { frames: 0, because: undefined };
  for (const [link, addresses] of places) {
    const absent: Announced = { frames: 0, because: `no interface for ${addresses[0]?.address}` };
    const { frames, because } = link === undefined ? absent : announcer.announce(link, addresses);
    all = { frames: all.frames + frames, because: because ?? all.because };
  }
  return all;
}

function framesOf(mac: string, { address, family }: Prefix): Uint8Array[] {
  if (family === 6) return [encodeNeighborAdvertisement(mac, address)];
  return [encodeGratuitousArp("request", mac, address), encodeGratuitousArp("reply", mac, address)];
}
