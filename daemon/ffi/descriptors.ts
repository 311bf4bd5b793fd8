import { EAGAIN } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { AF_UNIX } from "./sockaddr.ts";

// Open sockets, handed from one process to another over a socket pair (unix(7), SCM_RIGHTS).
// A message is a word that says what the descriptor is, and the descriptor:
//
//   cmsghdr  | length 8 | level 4 | type 4 | descriptor 4 | padding 4 |

const SOCK_SEQPACKET_CLOEXEC = 5 | 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x40000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const CONTROL_BYTES = 24;
const CONTROL_LENGTH = 20;
/** Longest word that goes with a descriptor, octets. */
const WORD_BYTES_MAX = 4_096;

export type Handed = { readonly word: string; readonly fd: number };

/**
 * Both ends of a way for descriptors; each message arrives whole.
 *
 * @returns undefined when the system refuses
 */
export function openDescriptorWay(libc: Libc): readonly [number, number] | undefined {
  const pair = new Int32Array(2);
  if (libc.socketPair(AF_UNIX, SOCK_SEQPACKET_CLOEXEC, pair) < 0) return undefined;
  return [pair[0] ?? -1, pair[1] ?? -1];
}

/** Gives the other end a descriptor of its own; ours stays open. Negative: the system's error. */
export function handDescriptor(libc: Libc, way: number, { word, fd }: Handed): number {
  const control = new Uint8Array(CONTROL_BYTES);
  const words = new DataView(control.buffer);
  words.setBigUint64(0, BigInt(CONTROL_LENGTH), true);
  words.setInt32(8, SOL_SOCKET, true);
  words.setInt32(12, SCM_RIGHTS, true);
  words.setInt32(16, fd, true);
  return libc.sendMessage(way, { bytes: new TextEncoder().encode(word), control }, MSG_NOSIGNAL);
}

/**
 * Takes what the other end has handed over by now, without waiting.
 *
 * @throws Error when the way itself is broken
 */
export function takeDescriptors(libc: Libc, way: number): Handed[] {
  const handed: Handed[] = [];
  for (;;) {
    const message = { bytes: new Uint8Array(WORD_BYTES_MAX), control: new Uint8Array(CONTROL_BYTES) };
    const length = libc.receiveMessage(way, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length === -EAGAIN || length === 0) return handed;
    if (length < 0) throw new Error(`descriptors: error ${-length}`);
    const words = new DataView(message.control.buffer);
    // No descriptor: this process may open no more.
    if (words.getInt32(12, true) !== SCM_RIGHTS) continue;
    handed.push({
      word: new TextDecoder().decode(message.bytes.subarray(0, length)),
      fd: words.getInt32(16, true),
    });
  }
}
