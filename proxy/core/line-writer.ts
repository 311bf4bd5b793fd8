import type { Octets } from "../wire/pieces.ts";

// Lines of the access log as octets. A line made of texts costs more than what it
// says: each part becomes an object, and all of them live until the batch is
// written. Here each part is written where it will stay.

const LENGTH_AT_FIRST = 40_960;
/** Most octets of a character in UTF-8; of one quoted in JSON: `\u0000`. */
const OCTETS_MAX = 6;
const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const POINT = 0x2e;
const encoder = new TextEncoder();

/** Text in UTF-8, written part by part behind what there is. */
export class LineWriter {
  bytes = new Uint8Array(LENGTH_AT_FIRST);
  /** Octets that have been written. */
  length = 0;

  /** A text as it is. */
  text(text: string): void {
    const bytes = this.#room(text.length);
    const start = this.length;
    for (let at = 0; at < text.length; at++) {
      const octet = text.charCodeAt(at);
      if (octet > 0x7e) {
        this.#encode(text);
        return;
      }
      bytes[start + at] = octet;
    }
    this.length = start + text.length;
  }

  /** A text as JSON writes it; `null` for none. */
  quoted(text: string | undefined): void {
    if (text === undefined) {
      this.text("null");
      return;
    }
    const bytes = this.#room(text.length + 2);
    const start = this.length;
    bytes[start] = QUOTE;
    for (let at = 0; at < text.length; at++) {
      const octet = text.charCodeAt(at);
      if (octet < 0x20 || octet > 0x7e || octet === QUOTE || octet === BACKSLASH) {
        this.#encode(JSON.stringify(text));
        return;
      }
      bytes[start + 1 + at] = octet;
    }
    bytes[start + 1 + text.length] = QUOTE;
    this.length = start + text.length + 2;
  }

  /** Octets of ASCII as {@link quoted} writes a text; others as the latin1 they are. */
  quotedOctets({ bytes, start, end }: Octets): void {
    const into = this.#room(end - start + 2);
    let at = this.length;
    into[at++] = QUOTE;
    for (let from = start; from < end; from++) {
      const octet = bytes[from] ?? 0;
      if (octet < 0x20 || octet > 0x7e || octet === QUOTE || octet === BACKSLASH) {
        this.#encode(JSON.stringify(bytes.toString("latin1", start, end)));
        return;
      }
      into[at++] = octet;
    }
    into[at++] = QUOTE;
    this.length = at;
  }

  /** A whole number, not negative. */
  integer(value: number): void {
    if (value < 10) this.#octet(ZERO + value);
    else this.text(String(value));
  }

  /** A duration in ms to the tenth: more would pretend to an exactness that no event loop has. -1: there was none. */
  tenths(ms: number): void {
    if (ms < 0) {
      this.text("-1");
      return;
    }
    const tenths = Math.round(ms * 10);
    const whole = Math.floor(tenths / 10);
    this.integer(whole);
    if (tenths === whole * 10) return;
    this.#octet(POINT);
    this.#octet(ZERO + tenths - whole * 10);
  }

  /** Moves what has been written from `start` on behind what there is elsewhere. */
  moveTo(other: LineWriter, start: number): void {
    other.#room(this.length - start).set(this.bytes.subarray(start, this.length), other.length);
    other.length += this.length - start;
    this.length = start;
  }

  clear(): void {
    this.length = 0;
  }

  #octet(octet: number): void {
    this.#room(1)[this.length++] = octet;
  }

  #encode(text: string): void {
    const bytes = this.#room(text.length * OCTETS_MAX);
    this.length += encoder.encodeInto(text, bytes.subarray(this.length)).written;
  }

  #room(octets: number): Uint8Array {
    const needed = this.length + octets;
    if (needed <= this.bytes.length) return this.bytes;
    const larger = new Uint8Array(2 * needed);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    return larger;
  }
}
