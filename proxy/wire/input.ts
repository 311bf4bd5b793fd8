// What a connection has brought and nobody has read yet. The search for the end of
// a head goes on where it stopped, so that one that comes octet by octet costs no
// more looking than a whole one.

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);
/** As octets: a text would be turned into octets at every search, which on Bun leaves an array each time. */
const HEAD_END = Buffer.from("\r\n\r\n");

/** A connection keeps its last head: so much of what came in the same read may be kept with it, the rest may not. */
const BESIDE_BYTES_MAX = 2_048;

/** A complete head, its empty line included. Its octets are kept as long as anything that was read out of them. */
export type RawHead = {
  readonly kind: "head";
  readonly bytes: Buffer;
  /** The head's part of `bytes`. */
  readonly start: number;
  readonly end: number;
};

export type TakenHead =
  | RawHead
  | { readonly kind: "needMore" }
  | { readonly kind: "tooLarge"; readonly isFirstLine: boolean }
  /** A line feed without carriage return: such a head will never end. */
  | { readonly kind: "bareLineFeed" };

const NEED_MORE: TakenHead = { kind: "needMore" };

export class Input {
  /** What has come, unread from {@link at} on. Readers look into it, and say by {@link readTo} how far they came. */
  bytes: Buffer = NOTHING;
  at = 0;
  #scanned = 0;
  /** An empty line was skipped before the head that is to come. */
  #hasSkipped = false;

  get length(): number {
    return this.bytes.length - this.at;
  }

  push(bytes: Buffer): void {
    if (this.length === 0) {
      this.bytes = bytes;
      this.#scanned = 0;
    } else {
      this.#scanned -= this.at;
      this.bytes = Buffer.concat([this.bytes.subarray(this.at), bytes]);
    }
    this.at = 0;
  }

  /** Everything before the index has been read. */
  readTo(index: number): void {
    if (index >= this.bytes.length) {
      this.clear();
      return;
    }
    this.at = index;
    this.#scanned = index;
  }

  clear(): void {
    this.bytes = NOTHING;
    this.at = 0;
    this.#scanned = 0;
  }

  /** Skips one empty line, which RFC 9112 2.2 lets stand before a request; another is not skipped, in whatever pieces they come. */
  skipEmptyLine(): void {
    const { bytes, at } = this;
    if (this.#hasSkipped || this.#scanned > at + 1 || bytes[at] !== CR || bytes[at + 1] !== LF) return;
    this.readTo(at + 2);
    this.#hasSkipped = true;
  }

  /** Head at the front, with its empty line. */
  takeHead(bytesMax: number): TakenHead {
    const { bytes, at: start } = this;
    // The four octets of the end may have come in two reads.
    const found = bytes.indexOf(HEAD_END, Math.max(start, this.#scanned - 3));
    const end = found < 0 ? bytes.length : found + 4;
    if (end - start > bytesMax) {
      return { kind: "tooLarge", isFirstLine: !bytes.subarray(start, start + bytesMax).includes(LF) };
    }
    if (found < 0) {
      if (hasBareLineFeed(bytes, start, this.#scanned)) return { kind: "bareLineFeed" };
      this.#scanned = bytes.length;
      return NEED_MORE;
    }
    this.readTo(end);
    this.#hasSkipped = false;
    if (bytes.length - (end - start) <= BESIDE_BYTES_MAX) return { kind: "head", bytes, start, end };
    return { kind: "head", bytes: Buffer.from(bytes.subarray(start, end)), start: 0, end: end - start };
  }
}

function hasBareLineFeed(bytes: Buffer, start: number, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (at === start || bytes[at - 1] !== CR) return true;
  }
  return false;
}
