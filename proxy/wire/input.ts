// What a connection has brought and nobody has read yet. The search for the end of
// a head goes on where it stopped, so that one that comes octet by octet costs no
// more looking than a whole one.

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);

export type TakenHead =
  | { readonly kind: "head"; readonly text: string }
  | { readonly kind: "needMore" }
  | { readonly kind: "tooLarge"; readonly isFirstLine: boolean }
  /** A line feed without carriage return: such a head will never end. */
  | { readonly kind: "bareLineFeed" };

const NEED_MORE: TakenHead = { kind: "needMore" };

export class Input {
  #bytes: Buffer = NOTHING;
  #scanned = 0;

  get length(): number {
    return this.#bytes.length;
  }

  push(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  /** Everything, which is then the caller's. */
  take(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = NOTHING;
    this.#scanned = 0;
    return bytes;
  }

  /** Puts back what the caller did not need, before anything else has been pushed. */
  putBack(bytes: Buffer): void {
    this.#bytes = bytes;
  }

  /** Skips one empty line, which RFC 9112 2.2 lets stand before a request. */
  skipEmptyLine(): void {
    if (this.#scanned === 0 && this.#bytes[0] === CR && this.#bytes[1] === LF) this.#bytes = this.#bytes.subarray(2);
  }

  /** Head at the front, with its empty line, as latin1. */
  takeHead(bytesMax: number): TakenHead {
    const bytes = this.#bytes;
    // The four octets of the end may have come in two reads.
    const at = bytes.indexOf("\r\n\r\n", Math.max(0, this.#scanned - 3), "latin1");
    const end = at < 0 ? bytes.length : at + 4;
    if (end > bytesMax) return { kind: "tooLarge", isFirstLine: !bytes.subarray(0, bytesMax).includes(LF) };
    if (at < 0) {
      if (hasBareLineFeed(bytes, this.#scanned)) return { kind: "bareLineFeed" };
      this.#scanned = bytes.length;
      return NEED_MORE;
    }
    this.#bytes = end === bytes.length ? NOTHING : bytes.subarray(end);
    this.#scanned = 0;
    return { kind: "head", text: bytes.toString("latin1", 0, end) };
  }
}

function hasBareLineFeed(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) return true;
  }
  return false;
}
