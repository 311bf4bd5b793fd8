import { EAGAIN } from "./ffi/errno.ts";
import type { Libc } from "./ffi/libc.ts";
import type { PollSet } from "./ffi/poll-set.ts";

// Connections that only say, by their end, that this process is dead; and they say it at once.
//
// The kernel gives back a dead process's memory before it closes what the process had open, 0.1 ms for every MB.
// A thread with a table of descriptors of its own has no part in that: what it alone has open is closed when it has
// ended, 0.1 ms after the signal. So the thread that holds lifelines has called `Libc.ownDescriptors` before.
//
//   holder ─▶ watcher   "lbpair lifeline 1\n"
//   holder ◀─ watcher   challenge, 16 bytes, where the holder has to prove who it is
//   holder ─▶ watcher   proof
//   holder ─▶ watcher   "b", bye: what follows is no death

/** First words of every holder. */
export const LIFELINE_GREETING = new TextEncoder().encode("lbpair lifeline 1\n");
export const LIFELINE_BYE = 0x62;
export const CHALLENGE_BYTES = 16;

/** One who holds on to this process hardly has more to hold on with. */
const HELD_MAX = 16;
/** The kernel closes a dead thread's descriptors from the highest number on, and some of the others take it milliseconds. */
const FD_LOWEST = 512;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;

/** The ends of lifelines that close with this process. They are served by indices, without iterators: in a real-time thread, without garbage. */
export class Lifelines {
  readonly #libc: Libc;
  readonly #listeners: readonly number[];
  readonly #prove: ((challenge: Uint8Array) => Uint8Array) | undefined;
  readonly #held: number[] = [];
  readonly #challenge = new Uint8Array(CHALLENGE_BYTES);

  /**
   * @param listeners  sockets that listen and don't block; they are closed with the lifelines
   * @param prove  what only this process can say of a challenge; absent: whoever reaches the sockets knows it
   */
  constructor(libc: Libc, listeners: readonly number[], prove?: (challenge: Uint8Array) => Uint8Array) {
    this.#libc = libc;
    this.#listeners = listeners;
    this.#prove = prove;
  }

  /** What is to be waited for before `serve` has something to do. */
  addTo(set: PollSet): void {
    for (let at = 0; at < this.#listeners.length; at++) set.add(this.#listeners[at]);
    for (let at = 0; at < this.#held.length; at++) set.add(this.#held[at]);
  }

  /** How many hold on. */
  get heldCount(): number {
    return this.#held.length;
  }

  /** Takes who wants to hold on, and lets go of who has let go. */
  serve(): void {
    for (let at = this.#held.length - 1; at >= 0; at--)
      if (!this.#keeps(this.#held[at] ?? -1)) this.#held.splice(at, 1);
    for (let at = 0; at < this.#listeners.length; at++) this.#acceptAll(this.#listeners[at] ?? -1);
  }

  /** Says good-bye and closes everything. */
  end(): void {
    for (const fd of this.#held) {
      this.#libc.send(fd, Uint8Array.of(LIFELINE_BYE), MSG_DONTWAIT_NOSIGNAL, null);
      this.#libc.close(fd);
    }
    for (const fd of this.#listeners) this.#libc.close(fd);
    this.#held.length = 0;
  }

  #acceptAll(listener: number): void {
    for (let fd = this.#libc.accept(listener); fd >= 0; fd = this.#libc.accept(listener)) this.#take(fd);
  }

  #take(accepted: number): void {
    const fd = this.#libc.duplicate(accepted, FD_LOWEST);
    this.#libc.close(accepted);
    if (fd < 0) return;
    if (this.#held.length >= HELD_MAX || this.#send(fd, LIFELINE_GREETING) < 0) this.#libc.close(fd);
    else this.#held.push(fd);
  }

  /** Answers a challenge; everything else is the end. */
  #keeps(fd: number): boolean {
    const length = this.#libc.receive(fd, this.#challenge, MSG_DONTWAIT_NOSIGNAL);
    if (length === -EAGAIN) return true;
    if (length === CHALLENGE_BYTES && this.#prove !== undefined && this.#send(fd, this.#prove(this.#challenge)) >= 0)
      return true;
    this.#libc.close(fd);
    return false;
  }

  #send(fd: number, bytes: Uint8Array): number {
    return this.#libc.send(fd, bytes, MSG_DONTWAIT_NOSIGNAL, null);
  }
}
