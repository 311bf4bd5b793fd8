import { hexValue, isOf, TOKEN, VALUE } from "./octets.ts";

// Chunked coding (RFC 9112 7.1), strict, octet by octet outside of the data:
//
//   1a3 ;ext=x CR LF  data… CR LF   0 CR LF  trailer lines  CR LF
//   size ext   sizeLf data  dataCr  …        trailer…       endLf
//
// Extensions and trailers are read within limits and dropped: they have no meaning
// to the next hop, and have been read differently by different parsers.

export type ChunkStep = "needMore" | "data" | "end" | "bad";

/** 13 hexadecimal digits stay below 2^52; more could overflow someone's integer. */
const SIZE_DIGITS_MAX = 13;
/** Octets of all extensions of a body. */
const EXTENSION_BYTES_MAX = 256;
/** Octets of all trailer lines. */
const TRAILER_BYTES_MAX = 4096;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const COLON = 0x3a;

type State =
  | "size"
  | "extension"
  | "sizeLf"
  | "data"
  | "dataCr"
  | "dataLf"
  | "trailerStart"
  | "trailerName"
  | "trailerValue"
  | "trailerLf"
  | "endLf"
  | "end"
  | "bad";

/** Decoder of one chunked body, fed piece by piece. */
export class ChunkedDecoder {
  /** Data found by the last step: `start` up to, not including, `end`. */
  start = 0;
  end = 0;
  /** Index of the next octet to read; after `end` it belongs to the next message. */
  at = 0;
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;

  /** Reads on from `at` in a piece; call until it says something else than `data`. */
  step(bytes: Uint8Array): ChunkStep {
    while (this.at < bytes.length) {
      if (this.#state === "data") return this.#takeData(bytes.length);
      this.#state = this.#next(bytes[this.at] ?? 0);
      if (this.#state === "bad") return "bad";
      this.at++;
      if (this.#state === "end") return "end";
    }
    return "needMore";
  }

  #takeData(available: number): ChunkStep {
    this.start = this.at;
    this.end = Math.min(available, this.at + this.#size);
    this.#size -= this.end - this.start;
    this.at = this.end;
    if (this.#size === 0) this.#state = "dataCr";
    return "data";
  }

  #next(octet: number): State {
    switch (this.#state) {
      case "size":
        return this.#readSize(octet);
      case "extension":
        if (octet === CR) return "sizeLf";
        return ++this.#extensionBytes <= EXTENSION_BYTES_MAX && isOf(octet, VALUE) ? "extension" : "bad";
      case "sizeLf":
        if (octet !== LF) return "bad";
        return this.#size === 0 ? "trailerStart" : "data";
      case "dataCr":
        return octet === CR ? "dataLf" : "bad";
      case "dataLf":
        this.#digits = 0;
        return octet === LF ? "size" : "bad";
      case "trailerStart":
        if (octet === CR) return "endLf";
        return this.#isTrailerOctet(octet, TOKEN) ? "trailerName" : "bad";
      case "trailerName":
        if (octet === COLON) return "trailerValue";
        return this.#isTrailerOctet(octet, TOKEN) ? "trailerName" : "bad";
      case "trailerValue":
        if (octet === CR) return "trailerLf";
        return this.#isTrailerOctet(octet, VALUE) ? "trailerValue" : "bad";
      case "trailerLf":
        return octet === LF ? "trailerStart" : "bad";
      case "endLf":
        return octet === LF ? "end" : "bad";
      case "data":
      case "end":
      case "bad":
        return "bad";
    }
  }

  #readSize(octet: number): State {
    const digit = hexValue(octet);
    if (digit >= 0) {
      this.#size = this.#digits === 0 ? digit : this.#size * 16 + digit;
      return ++this.#digits <= SIZE_DIGITS_MAX ? "size" : "bad";
    }
    if (this.#digits === 0) return "bad";
    if (octet === CR) return "sizeLf";
    return octet === SEMICOLON ? "extension" : "bad";
  }

  #isTrailerOctet(octet: number, octetClass: number): boolean {
    return ++this.#trailerBytes <= TRAILER_BYTES_MAX && isOf(octet, octetClass);
  }
}

/** What stands before the data of a chunk; {@link CHUNK_TAIL} stands behind it. */
export function chunkHead(bytes: number): string {
  return `${bytes.toString(16)}\r\n`;
}
export const CHUNK_TAIL = "\r\n";
export const LAST_CHUNK = "0\r\n\r\n";
