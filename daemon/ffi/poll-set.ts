const POLLIN = 1;
const RETURNED_SHIFT = 16;
const FIRST_ROOM = 16;

/**
 * Descriptors to wait for until one of them can be read.
 *
 * It is filled anew before each wait, as descriptors come and go; its memory stays, so that a thread that waits all day makes no garbage.
 */
export class PollSet {
  /** Two words each, `struct pollfd`: the descriptor, then asked and returned events. */
  #words = new Int32Array(2 * FIRST_ROOM);
  #count = 0;

  get words(): Int32Array {
    return this.#words;
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /** @param fd  undefined: there is none to wait for */
  add(fd: number | undefined): void {
    if (fd === undefined) return;
    if (2 * this.#count === this.#words.length) this.#grow();
    this.#words[2 * this.#count] = fd;
    this.#words[2 * this.#count + 1] = POLLIN;
    this.#count += 1;
  }

  /** Whether the descriptor added at `index` had something to read, or an error, after the last wait. */
  isReady(index: number): boolean {
    return (this.#words[2 * index + 1] ?? 0) >>> RETURNED_SHIFT !== 0;
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
  }
}
