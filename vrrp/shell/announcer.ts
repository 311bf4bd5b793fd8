import { errorName, must } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_PACKET, encodeLinkAddress } from "../../daemon/ffi/sockaddr.ts";
import { encodeGratuitousArp } from "../wire/arp.ts";
import type { Prefix } from "../wire/ip-address.ts";
import { encodeNeighborAdvertisement } from "../wire/neighbor-advertisement.ts";
import type { Link } from "../wire/rtnetlink.ts";
import type { SendResult } from "./advert-socket.ts";
import { MSG_DONTWAIT, SOCK_CLOEXEC_NONBLOCK, SOCK_RAW } from "./linux.ts";

/** Tells the neighbours of a link where addresses are now. */
export type Announcer = {
  readonly announce: (link: Link, addresses: readonly Prefix[]) => SendResult;
  readonly close: () => void;
};

/** Receive nothing: the socket is for sending. */
const NO_PROTOCOL = 0;

/** @throws Error naming the call that failed */
export function openAnnouncer(libc: Libc): Announcer {
  const fd = must("socket", libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC_NONBLOCK, NO_PROTOCOL));
  return {
    announce: (link, addresses) => {
      const to = encodeLinkAddress(link.index, NO_PROTOCOL);
      for (const prefix of addresses) {
        for (const frame of framesOf(link.mac, prefix)) {
          const result = libc.send(fd, frame, MSG_DONTWAIT, to);
          if (result < 0) return { ok: false, because: errorName(result) };
        }
      }
      return { ok: true };
    },
    close: () => void libc.close(fd),
  };
}

/** Announces addresses that are on several links; tells the last failure. */
export function announceEverywhere(
  announcer: Announcer,
  places: readonly (readonly [link: Link | undefined, addresses: readonly Prefix[]])[],
): SendResult {
  let result: SendResult = { ok: true };
  for (const [link, addresses] of places) {
    const absent: SendResult = { ok: false, because: `no interface for ${addresses[0]?.address}` };
    const announced = link === undefined ? absent : announcer.announce(link, addresses);
    if (!announced.ok) result = announced;
  }
  return result;
}

function framesOf(mac: string, { address, family }: Prefix): Uint8Array[] {
  if (family === 6) return [encodeNeighborAdvertisement(mac, address)];
  return [encodeGratuitousArp("request", mac, address), encodeGratuitousArp("reply", mac, address)];
}
