import { ChunkedDecoder, type ChunkStep } from "./chunked.ts";
import type { Framing } from "./framing.ts";

/** Finds the data of one body, and its end, in what a connection brings. */
export class BodyDecoder {
  /** Data found by the last step: `start` up to, not including, `end`. */
  start = 0;
  end = 0;
  /** Index of the next octet to read; after `end` it belongs to the next message. */
  at = 0;
  #chunked: ChunkedDecoder | undefined;
  #remaining = 0;

  /** Another body comes. */
  begin(framing: Framing): void {
    this.#chunked = framing.kind === "chunked" ? new ChunkedDecoder() : undefined;
    this.#remaining = remainingOf(framing);
  }

  /** Reads on from `at` in a piece; call until it says something else than `data`. */
  step(bytes: Uint8Array): ChunkStep {
    if (this.#chunked !== undefined) return this.#stepChunked(this.#chunked, bytes);
    if (this.#remaining === 0) return "end";
    if (this.at >= bytes.length) return "needMore";
    this.start = this.at;
    this.end = Math.min(bytes.length, this.at + this.#remaining);
    this.at = this.end;
    this.#remaining -= this.end - this.start;
    return "data";
  }

  #stepChunked(chunked: ChunkedDecoder, bytes: Uint8Array): ChunkStep {
    chunked.at = this.at;
    const step = chunked.step(bytes);
    this.at = chunked.at;
    this.start = chunked.start;
    this.end = chunked.end;
    return step;
  }
}

function remainingOf(framing: Framing): number {
  switch (framing.kind) {
    case "none":
    case "chunked":
      return 0;
    case "length":
      return framing.bytes;
    case "untilClose":
      return Number.POSITIVE_INFINITY;
  }
}
